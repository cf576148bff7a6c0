import Foundation
import JSON
import SharedTestData
import Testing
import Tokenizers

/// The real vocabularies beside the repository, each loaded once.
enum Vocabularies {
  /// Names of folders of the shared data, or of a file in one: `llama2/tokenizer.model`.
  static func tokenizer(_ name: String) throws -> Tokenizer {
    try cache.withLock { cache in
      if let known = cache[name] { return known }
      let path = "\(SharedData.path)/tokenizers/\(name)"
      let tokenizer =
        name.contains(".model")
        ? try Tokenizer(model: try SharedData.bytes("tokenizers/\(name)"))
        : name.hasSuffix(".gguf")
          ? try Tokenizer(gguf: try GGUFMetadata.vocabulary(path)) : try Tokenizer.load(directory: path)
      cache[name] = tokenizer
      return tokenizer
    }
  }

  private static let cache = Guarded<[String: Tokenizer]>([:])
}

/// A value behind a lock.
final class Guarded<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try lock.withLock { try body(&value) }
  }
}

extension JSONValue {
  var ids: [Int]? { array?.compactMap(\.integer) }
}
