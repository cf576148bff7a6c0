/// Using what was computed before.
extension Scheduler {
  /// A sequence waits at most so often for another's blocks; then it computes them itself.
  private static let awaitLimit = 8

  /// Finds the longest chain of cached blocks that a waiting sequence can use, in `matched`. Its last token, and
  /// whatever else has logits to give, is computed in any case.
  mutating func match(_ slot: Int) {
    matched.removeAll(keepingCapacity: true)
    guard configuration.usesPrefixCache else { return }
    let tokens = slots[slot].tokens
    var predecessor = Predecessor.root(slots[slot].root)
    while let range = usableBlock(matched.count, slot),
      let block = blocks.block(after: predecessor, tokens.span.extracting(range))
    {
      matched.append(block)
      predecessor = .block(block)
    }
  }

  /// The positions of a sequence's block if all of them may come from the cache.
  private func usableBlock(_ index: Int, _ slot: Int) -> Range<Int>? {
    let range = index * configuration.blockSize..<(index + 1) * configuration.blockSize
    return range.upperBound <= slots[slot].neededFrom ? range : nil
  }

  mutating func takeMatchedBlocks(_ slot: Int) {
    for block in matched {
      blocks.hold(block)
      slots[slot].blockTable.append(block)
    }
    slots[slot].filedCount = matched.count
    slots[slot].computedCount = matched.count * configuration.blockSize
    guard !slots[slot].hasBegun, configuration.usesPrefixCache else { return }
    slots[slot].hasBegun = true
    counters.prefixQueryTokenCount += UInt64(slots[slot].goalCount)
    counters.prefixHitTokenCount += UInt64(slots[slot].computedCount)
  }

  /// Files the blocks that are full now. Another sequence may have computed the same one in the same steps: then its
  /// block is used from now on, so that the blocks of a sequence are always those of the tree.
  mutating func fileFullBlocks(_ slot: Int) {
    guard configuration.usesPrefixCache else { return }
    let size = configuration.blockSize
    while (slots[slot].filedCount + 1) * size <= slots[slot].computedCount {
      let index = slots[slot].filedCount
      let tokens = slots[slot].tokens
      let block = slots[slot].blockTable[index]
      let predecessor =
        index == 0 ? Predecessor.root(slots[slot].root) : .block(slots[slot].blockTable[index - 1])
      guard
        let filed = blocks.file(block, after: predecessor, tokens.span.extracting(index * size..<(index + 1) * size))
      else { return }
      if filed != block {
        blocks.hold(filed)
        blocks.release(block)
        slots[slot].blockTable[index] = filed
      } else if index == 0 {
        submitters.use(slots[slot].submitter)
      }
      slots[slot].filedCount += 1
    }
  }

  // MARK: - Waiting for another's block

  /// Whether a waiting sequence leaves its next block to a running one that is about to compute it; if not, `matched`
  /// is what the cache has of it.
  ///
  /// The other one has the same submitter, no lower priority, and gets rows in its turn, so that it either comes past
  /// the block or stops running.
  mutating func awaitsBlock(_ slot: Int) -> Bool {
    if let awaited = slots[slot].awaited {
      if isComing(awaited) { return true }
      slots[slot].awaited = nil
    }
    match(slot)
    guard configuration.usesPrefixCache, slots[slot].awaitedCount < Self.awaitLimit,
      let range = usableBlock(matched.count, slot)
    else { return false }
    for other in running where computes(other, range, for: slot) {
      slots[slot].awaitedCount += 1
      slots[slot].awaited = Sequence.AwaitedBlock(
        id: slots[other].id,
        slot: other,
        computedCount: commonCount(slot, other)
      )
      return true
    }
    return false
  }

  private func isComing(_ awaited: Sequence.AwaitedBlock) -> Bool {
    let other = slots[awaited.slot]
    return other.id == awaited.id && other.state == .running && other.computedCount < awaited.computedCount
  }

  /// Whether a running sequence will compute the positions that `slot` would, with the same tokens up to there.
  private func computes(_ other: Int, _ range: Range<Int>, for slot: Int) -> Bool {
    slots[other].root == slots[slot].root && slots[other].priority >= slots[slot].priority
      && slots[other].computedCount < range.upperBound && slots[other].goalCount >= range.upperBound
      && slots[other].tokens[range] == slots[slot].tokens[range]
      && commonCount(slot, other) >= range.upperBound
  }

  /// How many tokens of usable blocks two sequences have in common at the front.
  private func commonCount(_ slot: Int, _ other: Int) -> Int {
    let limit = min(slots[slot].neededFrom, slots[other].goalCount)
    let (left, right) = (slots[slot].tokens, slots[other].tokens)
    var count = 0
    while count < limit, left[count] == right[count] { count += 1 }
    return count / configuration.blockSize * configuration.blockSize
  }
}
