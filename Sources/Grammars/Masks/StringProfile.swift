/// What each token does to a JSON string in some phase, whatever its bounds and whatever follows it (the
/// context-independent tokens of XGrammar, Dong et al. 2024).
struct StringProfile: Sendable {
  /// A place in the trie where the string has been closed.
  struct Exit: Sendable {
    var node: Int32
    /// Code points begun on the way.
    var codePoints: UInt32
  }

  /// Code points that each token begins, when all of it stays inside; `outside` otherwise.
  private let lengths: [UInt16]
  private static let outside = UInt16.max
  let exits: [Exit]
  private let longest: UInt32
  /// Tokens that stay inside where the string may still be long.
  private let unboundedMask: [UInt64]

  init(_ phase: JSONString.Phase, in vocabulary: TokenVocabulary) {
    // Steps of the same machine that reads the text, counted down from more than any token begins.
    let start = JSONString(phase: phase, remaining: StringLength(minimum: 0, maximum: UInt32(UInt16.max)))
    var lengths = Array(repeating: Self.outside, count: vocabulary.count)
    var exits: [Exit] = []
    var longest: UInt32 = 0
    let trie = vocabulary.trie
    trie.walk(0..<trie.nodeCount, from: start) {
      $0.step($1)
    } visit: { node, string in
      let codePoints = start.remaining.maximum - string.remaining.maximum
      longest = max(longest, codePoints)
      if string.isAccepting { exits.append(Exit(node: Int32(node), codePoints: codePoints)) }
      trie.forEachToken(at: node) { lengths[$0] = UInt16(clamping: codePoints) }
    }
    // Tokens that close the string are inside up to its end, and bounded by the minimum as well: exits hold those.
    for exit in exits {
      trie.forEachToken(at: Int(exit.node)) { lengths[$0] = Self.outside }
    }
    self.lengths = lengths
    self.exits = exits
    self.longest = longest
    unboundedMask = Self.mask(lengths, maximum: Self.outside - 1)
  }

  /// Tokens that stay inside and begin at most `maximum` code points.
  func mask(maximum: UInt32) -> [UInt64] {
    maximum >= longest ? unboundedMask : Self.mask(lengths, maximum: UInt16(maximum))
  }

  private static func mask(_ lengths: [UInt16], maximum: UInt16) -> [UInt64] {
    stride(from: 0, to: lengths.count, by: 64).map { start in
      var word: UInt64 = 0
      for index in start..<min(start + 64, lengths.count) where lengths[index] <= maximum {
        word |= 1 << UInt64(index - start)
      }
      return word
    }
  }
}
