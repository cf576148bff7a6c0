import Foundation
import Testing
import Tokenizers

/// Just enough of GGUF (version 3) to fill in a vocabulary; files of the test data only, nothing is checked.
struct GGUFMetadata {
  private let bytes: [UInt8]
  private var position = 8
  private var strings: [String: [[UInt8]]] = [:]
  private var numbers: [String: [Double]] = [:]

  static func vocabulary(_ path: String) throws -> GGUFVocabulary {
    var metadata = GGUFMetadata(bytes: Array(try Data(contentsOf: URL(filePath: path))))
    metadata.read()
    func text(_ key: String) -> String? {
      metadata.strings["tokenizer.ggml.\(key)"]?.first.map { String(decoding: $0, as: UTF8.self) }
    }
    func numbers(_ key: String) -> [Double] { metadata.numbers["tokenizer.ggml.\(key)"] ?? [] }
    func number(_ key: String) -> Int? { numbers(key).first.map { Int($0) } }
    var vocabulary = GGUFVocabulary(
      model: try #require(text("model")),
      tokens: try #require(metadata.strings["tokenizer.ggml.tokens"])
    )
    vocabulary.preTokenizer = text("pre")
    vocabulary.scores = numbers("scores").map { Float($0) }
    vocabulary.tokenTypes = numbers("token_type").map { Int($0) }
    vocabulary.merges = metadata.strings["tokenizer.ggml.merges"] ?? []
    vocabulary.bosID = number("bos_token_id") ?? number("cls_token_id")
    vocabulary.eosID = number("eos_token_id")
    vocabulary.unknownID = number("unknown_token_id")
    vocabulary.separatorID = number("seperator_token_id")
    vocabulary.addsBOS = number("add_bos_token").map { $0 != 0 }
    vocabulary.addsEOS = number("add_eos_token").map { $0 != 0 }
    return vocabulary
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func integer(_ count: Int = 8) -> UInt64 {
    defer { position += count }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }

  private mutating func read() {
    _ = integer()
    for _ in 0..<integer() {
      let key = String(decoding: string(), as: UTF8.self)
      var type = integer(4)
      var count: UInt64 = 1
      if type == 9 {
        type = integer(4)
        count = integer()
      }
      for _ in 0..<count { readValue(type, key) }
    }
  }

  private mutating func string() -> [UInt8] {
    let count = Int(integer())
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  private mutating func readValue(_ type: UInt64, _ key: String) {
    switch type {
    case 0, 1, 7: numbers[key, default: []].append(Double(integer(1)))
    case 2, 3: numbers[key, default: []].append(Double(integer(2)))
    case 4, 5: numbers[key, default: []].append(Double(integer(4)))
    case 6: numbers[key, default: []].append(Double(Float(bitPattern: UInt32(integer(4)))))
    case 8: strings[key, default: []].append(string())
    default: numbers[key, default: []].append(Double(integer()))
    }
  }
}
