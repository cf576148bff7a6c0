/// A set of tokens: bit i of the words says whether token i belongs to it.
package struct TokenMask: Sendable, Hashable {
  private enum Storage: Sendable, Hashable {
    case few([Int32])
    case many([UInt64])
  }

  private let storage: Storage

  /// Stored as a list where that is smaller: most places of a document allow a handful of tokens.
  init(words: [UInt64]) {
    let count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    guard count < words.count else {
      storage = .many(words)
      return
    }
    var tokens: [Int32] = []
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        tokens.append(Int32(index << 6 + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
    storage = .few(tokens)
  }

  var byteCount: Int {
    switch storage {
    case .few(let tokens): tokens.count * 4 + 64
    case .many(let words): words.count * 8 + 64
    }
  }

  package func contains(_ token: Int) -> Bool {
    switch storage {
    case .few(let tokens): tokens.contains(Int32(clamping: token))
    case .many(let words): token >= 0 && token < words.count << 6 && words[token >> 6] >> UInt64(token & 63) & 1 == 1
    }
  }

  func unite(into words: inout [UInt64]) {
    switch storage {
    case .few(let tokens): for token in tokens { words.insert(Int(token)) }
    case .many(let stored): for (index, word) in stored.enumerated() { words[index] |= word }
    }
  }

  /// - Precondition: `words` has a bit for every token.
  package func fill(_ words: inout [UInt64]) {
    switch storage {
    case .few(let tokens):
      for index in words.indices { words[index] = 0 }
      for token in tokens { words.insert(Int(token)) }
    case .many(let stored):
      precondition(words.count == stored.count, "a mask has \(stored.count) words")
      words = stored
    }
  }
}
