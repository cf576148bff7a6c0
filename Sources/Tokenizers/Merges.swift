import JSON

/// The merge rules of a byte-pair encoding: pairs of ids to rank and merged id, and which scalars can ever meet.
struct Merges: Sendable {
  private var ranks: PairTable
  /// The merged id of each rank.
  private var mergedIDs: [UInt32] = []
  /// Pairs of first symbols between which some merge reaches. Text is cut everywhere else, which changes no result
  /// and keeps the heaps of `MergeRun` as small as words.
  private var joinable: PairTable

  /// - Parameter bases: symbols that are not a single scalar, as byte tokens and the unknown token.
  init(_ section: JSONSection, _ vocabulary: Vocabulary, bases: Set<UInt32>) throws(TokenizerError) {
    let rules = try section.elements()
    ranks = PairTable(minimumCapacity: rules.count)
    joinable = PairTable(minimumCapacity: rules.count)
    mergedIDs.reserveCapacity(rules.count)
    for rule in rules {
      let (left, right) = try Self.parts(of: rule)
      guard let leftID = vocabulary.id(of: left[...]), let rightID = vocabulary.id(of: right[...]),
        let mergedID = vocabulary.id(of: (left + right)[...])
      else { throw rule.malformed("a part or the result of this merge is not in the vocabulary") }
      ranks[UInt32(leftID), UInt32(rightID)] = UInt32(mergedIDs.count)
      mergedIDs.append(UInt32(mergedID))
      let lasts = Self.edges(of: leftID, UTF8Scalars.last(of: left[...]), vocabulary, bases)
      let firsts = Self.edges(of: rightID, UTF8Scalars.first(of: right[...]), vocabulary, bases)
      for last in lasts { for first in firsts { joinable[last, first] = 1 } }
    }
  }

  /// Both spellings in use: `["a", "b"]` and `"a b"`.
  private static func parts(of rule: JSONSection) throws(TokenizerError) -> (left: [UInt8], right: [UInt8]) {
    // Bytes, not characters: a space and a combining mark after it are one `Character`.
    let parts: [[UInt8]] =
      if let pair = rule.value.array {
        pair.compactMap { $0.string.map { Array($0.utf8) } }
      } else {
        try rule.asString().utf8.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
      }
    guard parts.count == 2, rule.value.array?.count ?? 2 == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw rule.malformed("a merge is a pair of tokens")
    }
    return (parts[0], parts[1])
  }

  /// The symbols that a token can end (or begin) with before any merge.
  private static func edges(
    of id: Int,
    _ scalar: Unicode.Scalar?,
    _ vocabulary: Vocabulary,
    _ bases: Set<UInt32>
  ) -> Set<UInt32> {
    var edges: Set<UInt32> = []
    if bases.contains(UInt32(id)) { edges.insert(UInt32(id)) }
    if let scalar, let id = vocabulary.id(of: String(scalar)) { edges.insert(UInt32(id)) }
    return edges
  }

  @inline(__always)
  func rank(_ left: UInt32, _ right: UInt32) -> UInt32? { ranks[left, right] }

  func mergedID(ofRank rank: UInt32) -> UInt32 { mergedIDs[Int(rank)] }

  func canJoin(_ left: UInt32, _ right: UInt32) -> Bool { joinable[left, right] != nil }
}
