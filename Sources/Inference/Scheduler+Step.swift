import DequeModule

extension Scheduler {
  /// Consecutive tokens of one sequence in a forward pass.
  package struct Slice: Sendable, Hashable {
    package let id: SequenceID
    /// The position of the first token.
    package let start: Int
    package let count: Int
    /// The blocks of positions 0, 32, 64 …
    package let blockTable: [Int32]
    /// Whether the last row is the newest token of its sequence, whose logits give the next one.
    package let endsSequence: Bool
  }

  /// What one forward pass computes.
  package struct Step: Sendable, Hashable {
    package fileprivate(set) var slices: [Slice] = []
    /// Sequences that gave their blocks back for this step.
    package fileprivate(set) var preempted: [SequenceID] = []

    package var rowCount: Int { slices.reduce(0) { $0 + $1.count } }
  }

  /// Plans the next step; nil when there is nothing to compute.
  /// - Precondition: the step before has ended.
  package mutating func plan() -> Step? {
    guard case .idle = phase else { preconditionFailure("one step at a time: finish the last one first") }
    var step = Step()
    planDecode(&step)
    planPrefill(&step)
    admit(&step)
    guard !step.slices.isEmpty else {
      precondition(running.isEmpty && waiting.isEmpty, "the oldest sequence can always go on")
      return nil
    }
    phase = .stepping(step, cancelled: [])
    return step
  }

  /// Ends the step: sequences in `finished` leave; each other one whose slice ended it has one token more.
  /// - Returns: the sequences that were cancelled meanwhile and left too.
  package mutating func finishStep(finished: Set<SequenceID>) -> [SequenceID] {
    guard case .stepping(let step, let cancelled) = phase else { preconditionFailure("no step was planned") }
    phase = .idle
    for slice in step.slices {
      guard !finished.contains(slice.id), !cancelled.contains(slice.id) else {
        _ = remove(slice.id)
        continue
      }
      guard let index = running.firstIndex(where: { $0.id == slice.id }) else { continue }
      running[index].computedCount += slice.count
      guard slice.endsSequence else { continue }
      if running[index].tokenCount == configuration.longContextStart { running[index].computedCount = 0 }
      running[index].tokenCount += 1
    }
    return cancelled.subtracting(finished).sorted()
  }

  // MARK: - Planning

  /// A row for each running sequence with one token to compute; only these may need a block that nobody reserved.
  private mutating func planDecode(_ step: inout Step) {
    var index = 0
    while index < running.count {
      if running[index].remainingCount == 1, reserveBlock(forSequenceAt: index, &step) {
        append(sequenceAt: index, count: 1, to: &step)
      }
      index += 1
    }
  }

  /// Makes sure that the next position has a block; takes those of the newest sequence when none is free.
  /// - Returns: whether it has; the newest sequence itself has to wait.
  private mutating func reserveBlock(forSequenceAt index: Int, _ step: inout Step) -> Bool {
    if running[index].blockTable.count * configuration.blockSize > running[index].computedCount { return true }
    while pool.freeCount == 0 {
      guard index < running.count - 1 else { return false }
      preemptNewest(&step)
    }
    take(1, forSequenceAt: index)
    return true
  }

  private mutating func preemptNewest(_ step: inout Step) {
    var newest = running.removeLast()
    pool.give(newest.blockTable)
    newest.blockTable = []
    newest.computedCount = 0
    waiting.prepend(newest)
    step.preempted.append(newest.id)
  }

  /// The next chunk of each running sequence with several tokens to compute.
  private mutating func planPrefill(_ step: inout Step) {
    for index in running.indices where running[index].remainingCount > 1 { appendChunk(sequenceAt: index, to: &step) }
  }

  /// Starts waiting sequences as long as the first of them has a place, a row and blocks for all of its tokens.
  private mutating func admit(_ step: inout Step) {
    // One that just had to give way must not take its blocks back at once.
    guard step.preempted.isEmpty else { return }
    while running.count < configuration.maximumBatch, step.rowCount < configuration.tokenBudget,
      let next = waiting.first, blockCount(next.tokenCount) <= pool.freeCount
    {
      running.append(next)
      waiting.removeFirst()
      take(blockCount(next.tokenCount), forSequenceAt: running.count - 1)
      appendChunk(sequenceAt: running.count - 1, to: &step)
    }
  }

  private func blockCount(_ positions: Int) -> Int {
    (positions + configuration.blockSize - 1) / configuration.blockSize
  }

  private mutating func take(_ count: Int, forSequenceAt index: Int) {
    for _ in 0..<count {
      guard let block = pool.take() else { preconditionFailure("blocks are counted before they are taken") }
      running[index].blockTable.append(block)
    }
  }

  private func appendChunk(sequenceAt index: Int, to step: inout Step) {
    let rows = min(configuration.prefillChunk, configuration.tokenBudget - step.rowCount)
    // One that began again has no block yet for its newest token, which then is a decode row.
    let room = running[index].blockTable.count * configuration.blockSize - running[index].computedCount
    let count = min(running[index].remainingCount, rows, room)
    if count > 0 { append(sequenceAt: index, count: count, to: &step) }
  }

  private func append(sequenceAt index: Int, count: Int, to step: inout Step) {
    let sequence = running[index]
    step.slices.append(
      Slice(
        id: sequence.id,
        start: sequence.computedCount,
        count: count,
        blockTable: sequence.blockTable,
        endsSequence: count == sequence.remainingCount
      )
    )
  }
}
