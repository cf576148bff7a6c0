import Foundation
import JSON
import SharedTestData
import Testing
import Tokenizers

/// Mutated tokenizer files: each is refused with an error or encodes and decodes; nothing traps, hangs or grows.
@Suite struct FuzzTests {
  private static let duration: Duration = PythonLibraries.isProof ? .seconds(120) : .milliseconds(250)

  private static let texts = [
    "", "Hello, wörld! 123 \u{1f600}\n\n  你好 <s>", "a\u{301}\u{0}e</w>##", String(repeating: "ab ", count: 30),
  ]

  /// Mutates `seeds` for the time that a run has, and returns how many of the files were accepted.
  @discardableResult
  private static func fuzz(_ seeds: [[UInt8]], _ load: ([UInt8]) throws(TokenizerError) -> Tokenizer) -> Int {
    var generator = SeededGenerator(state: 4)
    var count = 0
    var acceptedCount = 0
    let end = ContinuousClock.now + duration
    while ContinuousClock.now < end {
      let file = mutated(seeds.randomElement(using: &generator) ?? [], seeds, &generator)
      count += 1
      guard let tokenizer = try? load(file) else { continue }
      acceptedCount += 1
      for text in texts { exercise(tokenizer, text) }
    }
    if PythonLibraries.isProof { print("fuzzed \(count) tokenizer files, \(acceptedCount) were accepted") }
    return acceptedCount
  }

  private static func exercise(_ tokenizer: Tokenizer, _ text: String) {
    let ids = tokenizer.encode(text)
    _ = tokenizer.decode(ids)
    var stream = tokenizer.makeStreamDecoder(skipSpecialTokens: false)
    let pieces = ids.map { stream.push($0) } + [stream.finish()]
    #expect(pieces.joined() == tokenizer.decode(ids, skipSpecialTokens: false))
    for id in ids { _ = tokenizer.textBytes(of: id) }
    _ = tokenizer.longestTokenByteCount
  }

  private static func mutated(
    _ seed: [UInt8],
    _ seeds: [[UInt8]],
    _ generator: inout SeededGenerator
  ) -> [UInt8] {
    var file = seed
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      guard !file.isEmpty else { break }
      let position = Int.random(in: 0..<file.count, using: &generator)
      let end = min(file.count, position + Int.random(in: 1...16, using: &generator))
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: file[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: file[position] = UInt8.random(in: 0...255, using: &generator)
      case 2: file.removeSubrange(position..<end)
      case 3: file.insert(contentsOf: file[position..<end], at: Int.random(in: 0...file.count, using: &generator))
      case 4: file[position] = Array("09\"{}[],:-\\ eE".utf8).randomElement(using: &generator) ?? 0
      default:
        let other = seeds.randomElement(using: &generator) ?? []
        let start = Int.random(in: 0...other.count, using: &generator)
        file.insert(contentsOf: other[start...].prefix(64), at: position)
      }
    }
    return file
  }

  @Test func `tokenizer.json`() throws {
    let own = ["odd", "plain"].compactMap { FileManager.default.contents(atPath: "\(Fixtures.directory)/\($0).json") }
    let seeds = own.map(Array.init) + Self.pipelines.map { Array($0.utf8) }
    for seed in seeds { #expect(throws: Never.self) { try Tokenizer(json: seed) } }
    let accepted = Self.fuzz(seeds) { file throws(TokenizerError) in try Tokenizer(json: file) }
    #expect(accepted > 0)
  }

  @Test func `SentencePiece's tokenizer.model`() throws {
    let seeds = [Self.sentencePieceModel(kind: 1), Self.sentencePieceModel(kind: 2)]
    for seed in seeds { #expect(throws: Never.self) { try Tokenizer(model: seed) } }
    let accepted = Self.fuzz(seeds) { file throws(TokenizerError) in try Tokenizer(model: file) }
    #expect(accepted > 0)
  }

  @Test func `tiktoken ranks`() throws {
    let bytes = (0..<256).map { "\(Data([UInt8($0)]).base64EncodedString()) \($0)\n" }
    let words = ["He", "ll", "llo", "Hello", "  "].enumerated().map {
      "\(Data($1.utf8).base64EncodedString()) \($0 + 256)\n"
    }
    let seed = Array((bytes + words).joined().utf8)
    // Of another size than Llama 3's, it is refused for want of special tokens: after all of it has been read.
    #expect(throws: TokenizerError.self) { try Tokenizer(model: seed) }
    Self.fuzz([seed]) { file throws(TokenizerError) in try Tokenizer(model: file) }
  }

  @Test(.needsSharedData) func `GGUF vocabularies`() throws {
    let vocabulary = try GGUFMetadata.vocabulary("\(SharedData.path)/tokenizers/gguf/ggml-vocab-phi-3.gguf")
    let tokens = Array(vocabulary.tokens.joined(separator: [0]).prefix(4096))
    Self.fuzz([tokens]) { file throws(TokenizerError) in
      var mutated = GGUFVocabulary(
        model: ["llama", "t5", "bert", "gpt2"][file.count % 4],
        tokens: file.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
      )
      mutated.scores = mutated.tokens.indices.map { -Float($0) }
      mutated.tokenTypes = mutated.tokens.map { $0.count == 6 ? 6 : $0.isEmpty ? 3 : 1 + $0.count % 6 }
      mutated.unknownID = 0
      mutated.bosID = file.count % 2000
      return try Tokenizer(gguf: mutated)
    }
  }

  /// One of each model, with most of the components around them.
  private static let pipelines = [
    #"""
    {"added_tokens": [{"id": 9, "content": "<s>", "special": true, "lstrip": true, "normalized": false}],
     "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "BertNormalizer"},
       {"type": "Replace", "pattern": {"Regex": " {2,}|\\d"}, "content": " "}, {"type": "Nmt"}, {"type": "Strip"}]},
     "pre_tokenizer": {"type": "BertPreTokenizer"},
     "post_processor": {"type": "BertProcessing", "cls": ["a", 1], "sep": ["b", 2]},
     "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
     "model": {"type": "WordPiece", "unk_token": "[UNK]", "max_input_chars_per_word": 100,
       "vocab": {"[UNK]": 0, "a": 1, "b": 2, "##b": 3, "hello": 4, "##lo": 5, "你": 6}}}
    """#,
    #"""
    {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "BAAAAAAAAAAA"},
     "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true},
     "decoder": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
     "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true,
       "vocab": [["<unk>", 0.0], ["▁", -2.5], ["a", -1.5], ["b", -3], ["▁ab", -2], ["<0x0A>", -9], ["你", -7.25]]}}
    """#,
    #"""
    {"added_tokens": [{"id": 30, "content": "<s>", "special": false, "single_word": true, "rstrip": true}],
     "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true},
       {"type": "Split", "pattern": {"Regex": "\\p{L}+|[^\\s\\p{L}]+|\\s+"}, "behavior": "MergedWithNext", "invert": false},
       {"type": "Punctuation", "behavior": "Contiguous"}, {"type": "ByteLevel", "add_prefix_space": true}]},
     "decoder": {"type": "ByteLevel"}, "post_processor": {"type": "ByteLevel"},
     "model": {"type": "BPE", "ignore_merges": true, "end_of_word_suffix": "</w>", "unk_token": "b",
       "vocab": {"a": 0, "b": 1, "ab</w>": 2, "b</w>": 3, "Ġ": 4, "Ġa": 5, "1": 6, "1</w>": 7},
       "merges": ["a b</w>", "Ġ a"]}}
    """#,
  ]

  /// A model of a few pieces in the wire format of protobuf.
  private static func sentencePieceModel(kind: UInt8) -> [UInt8] {
    func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
    let pieces: [(String, Float, UInt8)] = [
      ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("▁", -2, 1), ("a", -3, 1), ("b", -4, 1), ("ab", -1, 1),
      ("▁ab", -1.5, 1), ("<0x0A>", 0, 6), ("Hello", -5, 4), ("你", -6, 1),
    ]
    let model = pieces.flatMap { text, score, type in
      let bits = score.bitPattern
      let number = (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0)) }
      return field(1, field(1, Array(text.utf8)) + [2 << 3 | 5] + number + [3 << 3, type])
    }
    let charactersMap: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0, 0x61, 0]
    return model + field(2, [3 << 3, kind, 0x98, 2, 1]) + field(3, field(2, charactersMap) + [4 << 3, 1])
  }
}
