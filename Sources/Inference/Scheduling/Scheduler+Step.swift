extension Scheduler {
  /// Consecutive tokens of one sequence in a forward pass.
  package struct Slice: Sendable, Hashable {
    package let id: SequenceID
    package let slot: Int
    /// The position of the first token.
    package let start: Int
    package let count: Int
    /// The first position whose logits are wanted; all from here on are.
    package let neededFrom: Int
    /// Whether the last row is the last that can be computed: the sequence then ends, or a token follows.
    package let isLast: Bool
    /// Whether it is one generated token.
    package let isDecode: Bool
  }

  /// What one forward pass computes.
  package struct Step: Sendable, Hashable {
    package internal(set) var slices: [Slice] = []
    package internal(set) var rowCount = 0
    /// Rows of prompts, and those that are computed again.
    package internal(set) var prefillRowCount = 0
    /// Sequences that gave their blocks back for this step, falling by rank from the last to the first.
    package internal(set) var preempted: [SequenceID] = []
    /// The one of the highest rank among them.
    var lastPreemptedSlot: Int?

    mutating func removeAll() {
      slices.removeAll(keepingCapacity: true)
      preempted.removeAll(keepingCapacity: true)
      rowCount = 0
      prefillRowCount = 0
      lastPreemptedSlot = nil
    }
  }

  /// Plans the next step; false when there is nothing to compute. Allocates nothing while the same sequences decode.
  /// - Precondition: the step before has ended.
  package mutating func plan() -> Bool {
    precondition(!isStepping, "one step at a time: finish the last one first")
    step.removeAll()
    stepNumber += 1
    makeRoomForHigherPriority()
    planDecode()
    admit()
    planPrefill()
    isStepping = !step.slices.isEmpty
    precondition(isStepping || running.isEmpty && queue.count == 0, "the sequence of the highest rank can always go on")
    return isStepping
  }

  /// The token that follows the newest one of a sequence, which the step has computed.
  package mutating func append(_ token: Int32, toSequenceAt slot: Int) {
    precondition(isStepping && slots[slot].state != .vacant, "tokens come from steps")
    slots[slot].tokens.append(token)
  }

  /// The sequence needs nothing more: it leaves when the step ends.
  package mutating func end(sequenceAt slot: Int) {
    precondition(isStepping && slots[slot].state != .vacant, "sequences end in steps")
    slots[slot].state = .ended
  }

  /// Ends the step: its rows are in the cache. Sequences that ended or were cancelled meanwhile leave.
  package mutating func finishStep() {
    precondition(isStepping, "no step was planned")
    isStepping = false
    for index in step.slices.indices { finish(step.slices[index]) }
  }

  private mutating func finish(_ slice: Slice) {
    let slot = slice.slot
    slots[slot].computedCount += slice.count
    slots[slot].neededFrom = max(slots[slot].neededFrom, slots[slot].computedCount)
    fileFullBlocks(slot)
    guard slots[slot].state == .running else { return remove(slot) }
    precondition(slots[slot].remainingCount > 0, "what is computed goes on or ends")
    guard slice.isLast else { return }
    submitters.charge(1, to: slots[slot].submitter)
    if isLong(slots[slot].tokens.count) != slots[slot].isLong { beginAgain(slot) }
  }

  /// The sequence's keys so far are those of a short context: it computes all of them anew, in other blocks, since
  /// these may be shared.
  private mutating func beginAgain(_ slot: Int) {
    if let index = running.firstIndex(of: slot) { running.remove(at: index) }
    giveBlocksBack(slot)
    slots[slot].isLong = true
    wait(slot)
  }

  // MARK: - Rows

  /// A row for each running sequence with one token to compute; only these may need a block that nobody reserved.
  private mutating func planDecode() {
    var index = 0
    while index < running.count {
      let slot = running[index]
      if slots[slot].remainingCount == 1, reserveBlock(slot) { appendSlice(slot, count: 1) }
      index += 1
    }
  }

  /// Makes sure that the next position has a block; takes those of the lowest rank when none is free.
  /// - Returns: whether it has; the sequence of the lowest rank itself has to wait.
  private mutating func reserveBlock(_ slot: Int) -> Bool {
    if slots[slot].blockTable.count * configuration.blockSize > slots[slot].computedCount { return true }
    while blocks.freeCount == 0 {
      guard running.last != slot else { return false }
      preemptLast()
    }
    takeBlock(slot)
    return true
  }

  /// Chunks for those with rows to compute, as long as the budget lasts.
  private mutating func planPrefill() {
    while step.rowCount < configuration.tokenBudget, let slot = nextToPrefill() {
      let rows = min(configuration.prefillChunk, configuration.tokenBudget - step.rowCount)
      appendSlice(slot, count: min(slots[slot].remainingCount, rows))
    }
  }

  private func nextToPrefill() -> Int? {
    var next: Int?
    for slot in running where slots[slot].lastStep < stepNumber && hasBlocks(slot) {
      if next.map({ prefills(slot, before: $0) }) ?? true { next = slot }
    }
    return next
  }

  /// A sequence that decodes may lack its next block in this step.
  private func hasBlocks(_ slot: Int) -> Bool {
    slots[slot].blockTable.count * configuration.blockSize >= slots[slot].goalCount
  }

  private func prefills(_ slot: Int, before other: Int) -> Bool {
    if slots[slot].priority != slots[other].priority { return slots[slot].priority > slots[other].priority }
    if slots[slot].lastStep != slots[other].lastStep { return slots[slot].lastStep < slots[other].lastStep }
    if slots[slot].remainingCount != slots[other].remainingCount {
      return slots[slot].remainingCount < slots[other].remainingCount
    }
    return slots[slot].id < slots[other].id
  }

  private mutating func appendSlice(_ slot: Int, count: Int) {
    let isDecode = count == 1 && slots[slot].computedCount >= slots[slot].promptCount
    slots[slot].lastStep = stepNumber
    step.rowCount += count
    if !isDecode { step.prefillRowCount += count }
    step.slices.append(
      Slice(
        id: slots[slot].id,
        slot: slot,
        start: slots[slot].computedCount,
        count: count,
        neededFrom: slots[slot].neededFrom,
        isLast: count == slots[slot].remainingCount,
        isDecode: isDecode
      )
    )
  }
}
