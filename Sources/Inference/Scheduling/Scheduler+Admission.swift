/// Who begins, and who has to give way.
extension Scheduler {
  /// Starts waiting sequences as long as the next one has a place and blocks for all of its tokens.
  mutating func admit() {
    queue.rewind()
    while running.count < configuration.maximumBatch, let slot = nextWithoutAwaitedBlock() {
      // Who just gave way must not take the blocks back at once, nor anyone below.
      if let preempted = step.lastPreemptedSlot, !hasRank(slot, above: preempted) { return }
      guard missingBlockCount(slot) <= 0 else { return }
      begin(slot)
    }
  }

  /// Whoever waits with a higher priority than the lowest that runs gets a place and blocks.
  mutating func makeRoomForHigherPriority() {
    guard let last = running.last, let highest = queue.highestPriority, highest > slots[last].priority else { return }
    queue.rewind()
    guard let slot = nextWithoutAwaitedBlock(), canDisplace(slot) else { return }
    while let last = running.last, slots[last].priority < slots[slot].priority, !hasRoom(slot) {
      preemptLast()
      // What the one that gave way has computed counts as much as before, but may be idle now.
      match(slot)
    }
  }

  /// Of the sequences below, those that have to give way keep what they have unless it suffices.
  private func canDisplace(_ slot: Int) -> Bool {
    var (places, blocks) = (configuration.maximumBatch - running.count, -missingBlockCount(slot))
    for other in running where slots[other].priority < slots[slot].priority {
      places += 1
      blocks += slots[other].blockTable.count
    }
    return places > 0 && blocks >= 0
  }

  private func hasRoom(_ slot: Int) -> Bool {
    running.count < configuration.maximumBatch && missingBlockCount(slot) <= 0
  }

  /// The next in the queue that does not wait for another's block; `matched` is what the cache has of it.
  ///
  /// So many at most are passed over in a step as could run together, to bound the work.
  private mutating func nextWithoutAwaitedBlock() -> Int? {
    for _ in 0..<configuration.maximumBatch {
      guard let entry = queue.next(submitters) else { return nil }
      guard awaitsBlock(entry.slot) else { return entry.slot }
      queue.pass(entry, priority: slots[entry.slot].priority, submitter: slots[entry.slot].submitter)
    }
    return nil
  }

  /// How many blocks a sequence lacks whose cached ones are `matched`; 0 or less if it can begin.
  private func missingBlockCount(_ slot: Int) -> Int {
    let needed = (slots[slot].goalCount + configuration.blockSize - 1) / configuration.blockSize
    var idleCount = 0
    for block in matched where blocks.isIdle(block) { idleCount += 1 }
    return needed - matched.count - (blocks.freeCount - idleCount)
  }

  private mutating func begin(_ slot: Int) {
    stopWaiting(slot)
    slots[slot].state = .running
    slots[slot].awaited = nil
    // A newcomer has waited as long for rows as who had some in the step before.
    slots[slot].lastStep = stepNumber - 1
    slots[slot].tokens.reserveCapacity(slots[slot].positionLimit + 1)
    slots[slot].blockTable.reserveCapacity(slots[slot].positionLimit / configuration.blockSize + 1)
    takeMatchedBlocks(slot)
    while slots[slot].blockTable.count * configuration.blockSize < slots[slot].goalCount { takeBlock(slot) }
    submitters.charge(slots[slot].remainingCount, to: slots[slot].submitter)
    running.insert(slot, at: running.firstIndex { hasRank(slot, above: $0) } ?? running.count)
  }

  mutating func takeBlock(_ slot: Int) {
    guard let (block, evicted) = blocks.take() else { preconditionFailure("blocks are counted before they are taken") }
    if case .root(let root) = evicted { submitters.release(root.submitter) }
    slots[slot].blockTable.append(block)
  }

  /// Takes place and blocks of the running sequence of the lowest rank.
  mutating func preemptLast() {
    let slot = running.removeLast()
    giveBlocksBack(slot)
    wait(slot)
    step.preempted.append(slots[slot].id)
    step.lastPreemptedSlot = slot
    counters.preemptionCount += 1
  }
}
