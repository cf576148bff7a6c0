import Grammars
import JSON
import SharedTestData

enum Vocabularies {
  /// Every byte and some texts that begin, end and cross terminals; id 0 ends.
  static let small: [[UInt8]] =
    [[]] + (0...255).map { [UInt8($0)] }
    + [
      "{\"", "\":", "\": ", "\", \"", "\"}", "\"]", "\"}]", "},{", "}, {", "[[", "]]", "true", "false}", "null,", "a\"",
      "\\\"", "\\u00", "\\ud83d", "é", "🎉", "10", ".5", "-1", ", ", ",\"", "[]", "{}", "2024-", "T0", "::", "the ",
      "e9",
      " ", "", "a", "\"a\":true",
    ].map { Array($0.utf8) }

  static let smallVocabulary = TokenVocabulary(tokens: small, endTokens: [0])

  /// SentencePiece: U+2581 stands for a space, `<0xNN>` for a byte.
  static func stories260K() throws -> [[UInt8]] {
    let file = try SharedData.json("models/stories260K/tokenizer.json")
    var tokens: [[UInt8]] = Array(repeating: [], count: 512)
    for (piece, id) in file["model"]?["vocab"]?.object ?? [:] {
      guard let id = id.integer, id > 2 else { continue }
      if piece.hasPrefix("<0x"), let byte = UInt8(piece.dropFirst(3).dropLast(), radix: 16) {
        tokens[id] = [byte]
      } else {
        tokens[id] = Array(piece.replacing("\u{2581}", with: " ").utf8)
      }
    }
    return tokens
  }

  /// Byte-level BPE: GPT-2's bytes_to_unicode undone. The model has more rows than the tokenizer tokens.
  static func qwen2() throws -> [[UInt8]] {
    var bytes: [Unicode.Scalar: UInt8] = [:]
    var shifted: UInt32 = 256
    for byte in UInt8.min...UInt8.max {
      let isPrintable = (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || byte >= 0xae
      if let scalar = isPrintable ? Unicode.Scalar(byte) : Unicode.Scalar(shifted) { bytes[scalar] = byte }
      shifted += isPrintable ? 0 : 1
    }
    var tokens: [[UInt8]] = Array(repeating: [], count: 151_936)
    for (piece, id) in try SharedData.json("tokenizers/qwen2/vocab.json").object ?? [:] {
      if let id = id.integer { tokens[id] = piece.unicodeScalars.compactMap { bytes[$0] } }
    }
    return tokens
  }

  static let storiesVocabulary = Result { TokenVocabulary(tokens: try stories260K(), endTokens: [2]) }
  static let qwenVocabulary = Result { TokenVocabulary(tokens: try qwen2(), endTokens: [151_643, 151_645]) }
}
