import DequeModule

/// Names a request inside one engine; ids grow in the order of arrival.
package struct SequenceID: Sendable, Hashable, Comparable {
  package let rawValue: Int

  package init(_ rawValue: Int) { self.rawValue = rawValue }

  package static func < (left: SequenceID, right: SequenceID) -> Bool { left.rawValue < right.rawValue }
}

/// Decides what the next forward pass computes: a pure state machine without clock, lock or input/output.
///
/// Sequences join and leave between steps, first come first served: decode rows first, then prompts in chunks under
/// a token budget. Blocks of the cache are taken as sequences grow; when none is free, the newest sequence gives its
/// blocks back and is computed again later, which by law 5 changes no result. The running sequences are always older
/// than the waiting ones, and the oldest can take every block, so that each step brings someone further.
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
    /// again in its blocks.
    package var longContextStart: Int?

    /// - Precondition: every running sequence can decode in every step (`maximumBatch` ≤ `tokenBudget`).
    package init(
      maximumBatch: Int,
      tokenBudget: Int,
      prefillChunk: Int,
      blockCount: Int,
      blockSize: Int = 32,
      longContextStart: Int? = nil
    ) {
      precondition(maximumBatch > 0 && prefillChunk > 0 && blockCount > 0 && blockSize > 0, "counts are positive")
      precondition(maximumBatch <= tokenBudget, "the token budget has a row for each sequence of a batch")
      self.maximumBatch = maximumBatch
      self.tokenBudget = tokenBudget
      self.prefillChunk = prefillChunk
      self.blockCount = blockCount
      self.blockSize = blockSize
      self.longContextStart = longContextStart
    }
  }

  enum Phase: Sendable {
    case idle
    /// A planned step is being computed; cancelled sequences keep their blocks until it ends.
    case stepping(Step, cancelled: Set<SequenceID>)
  }

  struct Sequence: Sendable {
    let id: SequenceID
    /// Tokens that are known: the prompt and what was generated.
    var tokenCount: Int
    /// Tokens whose keys and values are in the cache.
    var computedCount = 0
    var blockTable: [Int32] = []

    var remainingCount: Int { tokenCount - computedCount }
  }

  package let configuration: Configuration
  var phase = Phase.idle
  /// In the order of arrival.
  var running: [Sequence] = []
  /// In the order of arrival, all newer than `running`.
  var waiting: Deque<Sequence> = []
  var pool: BlockPool
  private var newestID: SequenceID?

  package init(_ configuration: Configuration) {
    self.configuration = configuration
    pool = BlockPool(blockCount: configuration.blockCount)
  }

  package var runningCount: Int { running.count }
  package var waitingCount: Int { waiting.count }
  package var usedBlockCount: Int { pool.usedCount }
  /// Positions that the whole cache holds: the most that one sequence can have.
  package var positionCapacity: Int { configuration.blockCount * configuration.blockSize }

  package enum Submission: Sendable, Hashable {
    case accepted
    /// The sequence could not end even if it had the cache for itself.
    case exceedsCapacity
  }

  /// Adds a sequence behind all others.
  /// - Parameter positionLimit: the most positions that it will ever compute.
  /// - Precondition: ids grow, and there is at least one token to compute.
  package mutating func submit(_ id: SequenceID, tokenCount: Int, positionLimit: Int) -> Submission {
    precondition(tokenCount > 0 && tokenCount <= positionLimit, "a sequence has a token to compute")
    precondition(newestID.map { $0 < id } ?? true, "ids grow in the order of arrival")
    guard positionLimit <= positionCapacity else { return .exceedsCapacity }
    newestID = id
    waiting.append(Sequence(id: id, tokenCount: tokenCount))
    return .accepted
  }

  package enum Cancellation: Sendable, Hashable {
    case removed
    /// The step being computed holds it; `finishStep` removes it.
    case removedAfterStep
    /// It ended before, or never was.
    case unknown
  }

  package mutating func cancel(_ id: SequenceID) -> Cancellation {
    if case .stepping(let step, var cancelled) = phase, step.slices.contains(where: { $0.id == id }) {
      cancelled.insert(id)
      phase = .stepping(step, cancelled: cancelled)
      return .removedAfterStep
    }
    if let index = waiting.firstIndex(where: { $0.id == id }) {
      waiting.remove(at: index)
      return .removed
    }
    return remove(id) ? .removed : .unknown
  }

  mutating func remove(_ id: SequenceID) -> Bool {
    guard let index = running.firstIndex(where: { $0.id == id }) else { return false }
    pool.give(running[index].blockTable)
    running.remove(at: index)
    return true
  }
}
