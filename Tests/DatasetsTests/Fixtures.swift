import Datasets
import Foundation
import JSON
import SharedTestData
import Synchronization
import Testing
import Tokenizers

/// What `Fixtures/make.py` wrote, and the vocabularies beside the repository.
enum Fixtures {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path()
  /// The day that the references were made for.
  static let now = Date(timeIntervalSince1970: 1_721_995_200)

  private static let cache = Mutex<[String: Tokenizer]>([:])

  static func lines(_ name: String) throws -> [JSONValue] {
    try Data(contentsOf: URL(filePath: "\(directory)/\(name)")).split(separator: 0x0a).map {
      try JSONValue(parsing: Array($0))
    }
  }

  static func tokenizer(_ name: String) throws -> Tokenizer {
    try cache.withLock { cache in
      if let known = cache[name] { return known }
      let tokenizer = try Tokenizer.load(directory: "\(SharedData.path)/tokenizers/\(name)")
      cache[name] = tokenizer
      return tokenizer
    }
  }

  static func templates(of reference: JSONValue) throws -> ChatTemplates {
    let name = try #require(reference["template"]?.string)
    var specialTokens: [String: JSONValue] = [:]
    specialTokens["bos_token"] = reference["bos"]
    specialTokens["eos_token"] = reference["eos"]
    return ChatTemplates(
      try ChatTemplate(try SharedData.text("chat_templates/\(name)")),
      specialTokens: specialTokens.filter { !$0.value.isNull }
    )
  }

  static func rows(_ value: JSONValue?) throws -> [JSONObject] {
    try #require(value?.array).map { try #require($0.object) }
  }
}

extension JSONValue {
  var integers: [Int]? { array?.compactMap(\.integer) }
  var ids: [Int32]? { integers?.map { Int32($0) } }
}

/// A tokenizer of single bytes, for tests that need no real vocabulary: ids are bytes, 256 ends a text.
enum ByteTokenizer {
  static let eosID = 256

  static func make() throws -> Tokenizer {
    var vocabulary = JSONObject()
    for byte in 0..<256 {
      vocabulary["<0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))>"] = JSONValue(byte)
    }
    let end: JSONValue = [
      "id": 256, "content": "<end>", "special": true, "single_word": false, "lstrip": false, "rstrip": false,
      "normalized": false,
    ]
    let file: JSONValue = [
      "added_tokens": [end], "normalizer": nil, "pre_tokenizer": nil, "post_processor": nil,
      "decoder": ["type": "Sequence", "decoders": [["type": "ByteFallback"], ["type": "Fuse"]]],
      "model": ["type": "BPE", "byte_fallback": true, "unk_token": nil, "vocab": .object(vocabulary), "merges": []],
    ]
    return try Tokenizer(json: Array(file.text.utf8), configuration: Array(#"{"eos_token": "<end>"}"#.utf8))
  }

  static func builder(
    template: String? = nil,
    _ change: (inout ExampleOptions) -> Void = { _ in }
  ) throws -> ExampleBuilder {
    var options = ExampleOptions(now: Fixtures.now)
    change(&options)
    let templates = try template.map { ChatTemplates(try ChatTemplate($0), specialTokens: [:]) }
    return try ExampleBuilder(tokenizer: try make(), templates: templates, options: options)
  }
}
