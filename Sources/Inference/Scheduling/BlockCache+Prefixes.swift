/// Where texts begin: those of two submitters share nothing, so that none can time what another has asked; nor do
/// those below and beyond `longContextStart`, nor those of two adapters, whose keys differ.
package struct PrefixRoot: Sendable, Hashable {
  package let submitter: Int
  package let isLong: Bool
  package let adapter: Int?

  package init(submitter: Int, isLong: Bool, adapter: Int? = nil) {
    self.submitter = submitter
    self.isLong = isLong
    self.adapter = adapter
  }
}

/// What stands before a block.
package enum Predecessor: Sendable, Hashable {
  case root(PrefixRoot)
  /// A filed block.
  case block(Int32)
}

/// Full blocks by their contents: a tree from the roots, since equal tokens have equal keys and values only after equal
/// predecessors (and then to the bit, by law 5).
///
/// A digest finds a block, its tokens decide: no prompt, however it was made, can be answered with another's block.
extension BlockCache {
  struct Place: Sendable, Hashable {
    let predecessor: Predecessor
    let digest: Int
  }

  /// The block filed after `predecessor` that holds `tokens`.
  package func block(after predecessor: Predecessor, _ tokens: Span<Int32>) -> Int32? {
    guard let block = places[place(predecessor, tokens)], contains(block, tokens) else { return nil }
    return block
  }

  /// Files a held block that is full of `tokens` now.
  /// - Returns: the block that is filed there: another one if it came first. nil if other tokens have the same digest;
  ///   then nothing is filed.
  package mutating func file(_ block: Int32, after predecessor: Predecessor, _ tokens: Span<Int32>) -> Int32? {
    precondition(tokens.count == blockSize, "only full blocks are filed")
    precondition(blocks[Int(block)].holderCount > 0 && blocks[Int(block)].place == nil, "a new block is filed once")
    let place = place(predecessor, tokens)
    if let first = places[place] { return contains(first, tokens) ? first : nil }
    places[place] = block
    blocks[Int(block)].place = place
    let start = Int(block) * blockSize
    for index in tokens.indices { self.tokens[start + index] = tokens[index] }
    return block
  }

  mutating func unfile(_ block: Int32) -> Predecessor? {
    guard let place = blocks[Int(block)].place else { return nil }
    places[place] = nil
    blocks[Int(block)].place = nil
    return place.predecessor
  }

  private func place(_ predecessor: Predecessor, _ tokens: Span<Int32>) -> Place {
    var hasher = Hasher()
    for index in tokens.indices { hasher.combine(tokens[index]) }
    return Place(predecessor: predecessor, digest: hasher.finalize())
  }

  private func contains(_ block: Int32, _ tokens: Span<Int32>) -> Bool {
    let start = Int(block) * blockSize
    for index in tokens.indices where self.tokens[start + index] != tokens[index] { return false }
    return true
  }
}
