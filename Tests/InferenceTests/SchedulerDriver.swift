import Inference

/// A scheduler and the shorthand of its tests.
struct SchedulerDriver {
  var scheduler: Scheduler
  private var slots: [SequenceID: Int] = [:]

  init(
    batch: Int = 4,
    budget: Int = 16,
    chunk: Int = 8,
    blocks: Int = 100,
    blockSize: Int = 4,
    longContextStart: Int? = nil,
    usesPrefixCache: Bool = true
  ) {
    scheduler = Scheduler(
      Scheduler.Configuration(
        maximumBatch: batch,
        tokenBudget: budget,
        prefillChunk: chunk,
        blockCount: blocks,
        blockSize: blockSize,
        longContextStart: longContextStart,
        usesPrefixCache: usesPrefixCache
      )
    )
  }

  /// - Parameter text: what the tokens are made from: sequences of one text have the same beginning.
  /// - Parameter limit: positions; nil for as many as the cache has.
  @discardableResult
  mutating func submit(
    _ id: Int,
    count: Int,
    limit: Int? = nil,
    text: Int? = nil,
    goal: Scheduler.Request.Goal = .continuation,
    salt: String = "",
    priority: Int = 0
  ) -> Scheduler.Submission {
    let tokens = (0..<count).map { Int32(1000 * (text ?? id) + $0) }
    let request = Scheduler.Request(
      id: SequenceID(id),
      tokens: tokens,
      positionLimit: limit ?? scheduler.positionCapacity,
      goal: goal,
      salt: salt,
      priority: priority
    )
    let outcome = scheduler.submit(request)
    if case .accepted(let slot) = outcome { slots[SequenceID(id)] = slot }
    return outcome
  }

  /// Plans a step.
  /// - Returns: of each slice id, start, count, and whether it is the last there can be.
  mutating func plan() -> [[Int]] {
    guard scheduler.plan() else { return [] }
    return scheduler.step.slices.map { [$0.id.rawValue, $0.start, $0.count, $0.isLast ? 1 : 0] }
  }

  /// Ends the step; sequences whose newest token it computed end or get `token`.
  mutating func finish(ending ended: Set<Int> = [], token: Int32 = 7) {
    for slice in scheduler.step.slices {
      if ended.contains(slice.id.rawValue) {
        scheduler.end(sequenceAt: slice.slot)
      } else if slice.isLast {
        scheduler.append(token, toSequenceAt: slice.slot)
      }
    }
    scheduler.finishStep()
  }

  /// Plans and ends a step.
  @discardableResult
  mutating func step(ending ended: Set<Int> = []) -> [[Int]] {
    let slices = plan()
    if !slices.isEmpty { finish(ending: ended) }
    return slices
  }

  /// The ids of the next step's slices.
  mutating func planIDs() -> [Int] { plan().map { $0[0] } }

  mutating func cancel(_ id: Int) -> Scheduler.Cancellation { scheduler.cancel(SequenceID(id)) }

  var preempted: [Int] { scheduler.step.preempted.map(\.rawValue) }

  func blocks(_ id: Int) -> [Int32] { slots[SequenceID(id)].map { scheduler.blockTable(at: $0) } ?? [] }
}
