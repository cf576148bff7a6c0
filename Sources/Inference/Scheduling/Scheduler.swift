/// Decides what the next forward pass computes: a pure state machine without clock, lock or input/output.
///
/// Sequences join and leave between steps. A step has a row for each sequence that decodes; the rest of the token
/// budget goes to prompts, in chunks.
///
/// - Rank: higher priority first, then the older. Blocks of the cache are taken as sequences grow; when none is free,
///   the running sequence of the lowest rank gives its own back and is computed again later, which by law 5 changes no
///   result. One of higher priority also takes the place of running ones of lower priority.
/// - Admission: of the highest priority, the submitter that was served least, of that one the oldest. It is not
///   overtaken for want of blocks. Whoever would compute a block that a running sequence is about to compute waits for
///   it and is overtaken meanwhile.
/// - Chunks: within a priority, whoever has waited longest for rows comes first, of those the one with the fewest left.
///   A prompt of any length takes one chunk before the others have their turn.
///
/// Someone always gets on: the running sequence of the highest rank can take every block. Nobody starves among equals:
/// the old outrank the new, and see `SubmitterTable`.
package struct Scheduler: Sendable {
  package struct Configuration: Sendable, Hashable {
    /// The most sequences that run together.
    package var maximumBatch: Int
    /// The most rows of one forward pass.
    package var tokenBudget: Int
    /// The most rows of one prompt in one forward pass.
    package var prefillChunk: Int
    package var blockCount: Int
    /// Positions in a block.
    package var blockSize: Int
    /// A sequence of more tokens is computed in another way at all of its positions: when it grows beyond, it begins
    /// again.
    package var longContextStart: Int?
    /// Whether full blocks are kept and shared.
    package var usesPrefixCache: Bool

    /// - Precondition: every running sequence can decode in every step (`maximumBatch` ≤ `tokenBudget`).
    package init(
      maximumBatch: Int,
      tokenBudget: Int,
      prefillChunk: Int,
      blockCount: Int,
      blockSize: Int = 32,
      longContextStart: Int? = nil,
      usesPrefixCache: Bool = true
    ) {
      precondition(maximumBatch > 0 && prefillChunk > 0 && blockCount > 0 && blockSize > 0, "counts are positive")
      precondition(maximumBatch <= tokenBudget, "the token budget has a row for each sequence of a batch")
      self.maximumBatch = maximumBatch
      self.tokenBudget = tokenBudget
      self.prefillChunk = prefillChunk
      self.blockCount = blockCount
      self.blockSize = blockSize
      self.longContextStart = longContextStart
      self.usesPrefixCache = usesPrefixCache
    }
  }

  package let configuration: Configuration
  /// What is being computed, or was last.
  package internal(set) var step = Step()
  var isStepping = false
  /// Steps that were planned.
  var stepNumber = 0
  /// Sequences stay where they are from submission to their end; their places are used again.
  var slots: [Sequence] = []
  private var vacantSlots: [Int] = []
  /// Slots by rank.
  var running: [Int] = []
  var queue = WaitingQueue()
  var blocks: BlockCache
  var submitters = SubmitterTable()
  /// The cached blocks that `match` found.
  var matched: [Int32] = []
  private var newestID: SequenceID?
  package internal(set) var counters = Counters()

  /// What happened so far.
  package struct Counters: Sendable, Hashable {
    /// Tokens of sequences that began, and how many of them were in the cache.
    package internal(set) var prefixQueryTokenCount: UInt64 = 0
    package internal(set) var prefixHitTokenCount: UInt64 = 0
    package internal(set) var preemptionCount: UInt64 = 0

    package init() {}
  }

  package init(_ configuration: Configuration) {
    self.configuration = configuration
    blocks = BlockCache(blockCount: configuration.blockCount, blockSize: configuration.blockSize)
    running.reserveCapacity(configuration.maximumBatch)
    step.slices.reserveCapacity(configuration.maximumBatch)
  }

  package var runningCount: Int { running.count }
  package var waitingCount: Int { queue.count }
  /// Blocks that sequences hold.
  package var usedBlockCount: Int { blocks.heldCount }
  package var evictedBlockCount: UInt64 { blocks.evictedCount }
  /// Submitters that are remembered: those of sequences and of cached blocks.
  package var submitterCount: Int { submitters.count }
  /// Positions that the whole cache holds: the most that one sequence can have.
  package var positionCapacity: Int { configuration.blockCount * configuration.blockSize }

  /// Prompt and generated tokens.
  package func tokens(at slot: Int) -> [Int32] { slots[slot].tokens }

  /// The blocks of positions 0, 32, 64 …
  package func blockTable(at slot: Int) -> [Int32] { slots[slot].blockTable }

  // MARK: - Submission

  package enum Submission: Sendable, Hashable {
    /// The slot is the sequence's until it ends.
    case accepted(slot: Int)
    /// The sequence could not end even if it had the cache for itself.
    case exceedsCapacity
  }

  /// - Precondition: ids grow, and there is at least one token to compute.
  package mutating func submit(_ request: Request) -> Submission {
    precondition(request.computedLimit > 0, "a sequence has a token to compute")
    precondition(request.computedLimit <= request.positionLimit, "a sequence's tokens are within its limit")
    precondition(newestID.map { $0 < request.id } ?? true, "ids grow in the order of arrival")
    guard request.positionLimit <= positionCapacity else { return .exceedsCapacity }
    newestID = request.id
    var sequence = Sequence(request, submitter: submitters.use(salt: request.salt))
    sequence.isLong = isLong(request.tokens.count)
    let slot = vacantSlots.popLast() ?? slots.count
    if slot == slots.count { slots.append(sequence) } else { slots[slot] = sequence }
    wait(slot)
    return .accepted(slot: slot)
  }

  func isLong(_ tokenCount: Int) -> Bool { configuration.longContextStart.map { tokenCount > $0 } ?? false }

  // MARK: - Cancellation

  package enum Cancellation: Sendable, Hashable {
    case removed
    /// The step being computed holds it; `finishStep` removes it.
    case removedAfterStep
    /// It ended before, or never was.
    case unknown
  }

  package mutating func cancel(_ id: SequenceID) -> Cancellation {
    guard let slot = slots.firstIndex(where: { $0.id == id && $0.state != .vacant }) else { return .unknown }
    if isStepping, step.slices.contains(where: { $0.slot == slot }) {
      slots[slot].state = .ended
      return .removedAfterStep
    }
    if slots[slot].state == .waiting { stopWaiting(slot) }
    remove(slot)
    return .removed
  }

  // MARK: - Joining and leaving

  mutating func wait(_ slot: Int) {
    slots[slot].state = .waiting
    let entry = WaitingQueue.Entry(id: slots[slot].id, slot: slot)
    queue.insert(entry, priority: slots[slot].priority, submitter: slots[slot].submitter)
    submitters.beginWaiting(slots[slot].submitter)
  }

  mutating func stopWaiting(_ slot: Int) {
    let wasThere = queue.remove(slots[slot].id, priority: slots[slot].priority, submitter: slots[slot].submitter)
    precondition(wasThere, "a waiting sequence is in the queue")
    submitters.endWaiting(slots[slot].submitter)
  }

  /// Takes a sequence that does not wait out of everything.
  mutating func remove(_ slot: Int) {
    if let index = running.firstIndex(of: slot) { running.remove(at: index) }
    giveBlocksBack(slot)
    submitters.release(slots[slot].submitter)
    slots[slot].vacate()
    vacantSlots.append(slot)
  }

  /// The last block goes first, as `BlockCache` wants it.
  mutating func giveBlocksBack(_ slot: Int) {
    while let block = slots[slot].blockTable.popLast() { blocks.release(block) }
    slots[slot].computedCount = 0
    slots[slot].filedCount = 0
  }
}
