import JSON

/// The merge rules of a byte-pair encoding: pairs of ids to the rank of their merge and the id that it gives.
struct MergeRules: Sendable {
  /// rank << 32 | merged id. Ranks are unequal where merges are listed; by score, equal scores have equal ranks.
  private var pairs: PairTable
  /// A bit by the hash of a pair, eight bits a rule. Most pairs that are asked about do not merge, and `pairs` is larger
  /// than the caches.
  private var filter: [UInt64] = [0]

  /// From the `merges` of tokenizer.json, best first: `["a", "b"]` or `"a b"`.
  /// - Parameter prefixLength: bytes of `continuing_subword_prefix`, which a right part loses in the merge.
  init(_ section: JSONSection, _ vocabulary: Vocabulary, prefixLength: Int) throws(TokenizerError) {
    let rules = try section.elements()
    pairs = PairTable(minimumCapacity: rules.count)
    for (rank, rule) in rules.enumerated() {
      // Bytes, not characters: a space and a combining mark after it are one `Character`.
      let parts: [[UInt8]] =
        if let pair = rule.value.array {
          pair.compactMap { $0.string.map { Array($0.utf8) } }
        } else {
          Self.parts(ofLine: Array(try rule.asString().utf8)[...])
        }
      guard rule.value.array?.count ?? 2 == 2 else { throw rule.malformed("a merge is a pair of tokens") }
      try add(parts, rank: rank, vocabulary, prefixLength: prefixLength, path: rule.path)
    }
    makeFilter()
  }

  /// From lines `a b`, best first, as in merges.txt and in GGUF files.
  init(lines: some Collection<ArraySlice<UInt8>>, _ vocabulary: Vocabulary, path: String) throws(TokenizerError) {
    pairs = PairTable(minimumCapacity: lines.count)
    for (rank, line) in lines.enumerated() {
      try add(Self.parts(ofLine: line), rank: rank, vocabulary, prefixLength: 0, path: "\(path), merge \(rank + 1)")
    }
    makeFilter()
  }

  /// Where any two neighbours merge that spell a token: each way to cut a token into two, ranked as the token is.
  /// - Parameter rank: of a token by its id; nil for one that no merge gives.
  init(cutting vocabulary: Vocabulary, rank: (Int) -> UInt32?) {
    pairs = PairTable(minimumCapacity: vocabulary.size * 2)
    for (id, token) in vocabulary.entries where token.count > 1 && token.count <= Self.longestCutToken {
      guard let rank = rank(id) else { continue }
      for cut in token.indices.dropFirst() {
        guard let left = vocabulary.id(of: token.span, 0..<cut - token.startIndex),
          let right = vocabulary.id(of: token.span, cut - token.startIndex..<token.count)
        else { continue }
        pairs[UInt32(left), UInt32(right)] = UInt64(rank) << 32 | UInt64(id)
      }
    }
    makeFilter()
  }

  /// Keeps the work on hostile files small; the longest tokens of real ones, runs of spaces, have half as many bytes.
  private static let longestCutToken = 256

  private static func parts(ofLine line: ArraySlice<UInt8>) -> [[UInt8]] {
    line.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
  }

  private mutating func add(
    _ parts: [[UInt8]],
    rank: Int,
    _ vocabulary: Vocabulary,
    prefixLength: Int,
    path: String
  ) throws(TokenizerError) {
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw .malformed(path: path, problem: "a merge is a pair of tokens")
    }
    guard let left = vocabulary.id(of: parts[0]), let right = vocabulary.id(of: parts[1]),
      let merged = vocabulary.id(of: parts[0] + parts[1].dropFirst(prefixLength))
    else {
      throw .malformed(path: path, problem: "a part or the result of this merge is not in the vocabulary")
    }
    pairs[UInt32(left), UInt32(right)] = UInt64(rank) << 32 | UInt64(merged)
  }

  private mutating func makeFilter() {
    var words = 1
    while words * 8 < pairs.count { words *= 2 }
    var filter = [UInt64](repeating: 0, count: words)
    pairs.forEachKey { left, right in
      let bit = Self.filterBit(left, right, words)
      filter[bit >> 6] |= 1 << UInt64(bit & 63)
    }
    self.filter = filter
  }

  @inline(__always)
  private static func filterBit(_ left: UInt32, _ right: UInt32, _ words: Int) -> Int {
    let hash = (UInt64(left) << 32 | UInt64(right)) &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: (hash ^ hash >> 32) &* 0xbf58_476d_1ce4_e5b9 >> 20) & (words * 64 - 1)
  }

  /// rank << 32 | merged id; nil where two symbols do not merge.
  @inline(__always)
  func merge(_ left: UInt32, _ right: UInt32) -> UInt64? {
    let bit = Self.filterBit(left, right, filter.count)
    return filter[bit >> 6] >> UInt64(bit & 63) & 1 == 0 ? nil : pairs[left, right]
  }

  /// Calls `body` with the two ids of every rule.
  func forEachPair(_ body: (UInt32, UInt32) -> Void) { pairs.forEachKey(body) }
}
