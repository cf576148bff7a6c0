import Postgres
import Synchronization

/// A running attempt as its executor sees it: what it should know, and what it has to tell.
///
/// Asynchronous calls wait for a database that is away, as long as the attempt is not stopped; they throw
/// `JobError.Code.cancelled` when the attempt is no longer this worker's.
package final class JobAttempt: Sendable {
  private struct State {
    var fraction: Float = 0
    var status: TrainingStatus?
    /// When the pause was asked for.
    var pauseBegan: ContinuousClock.Instant?
    /// Until when a step may end that was under way when the drain began.
    var drainPatience: ContinuousClock.Instant?
    /// Stores under way, one within another.
    var storeCount = 0
    /// The last adjustment that the executor has or will be given.
    var newestAdjustment = 0
    var adjustments: [JobAdjustment] = []
  }

  package let id: AttemptID
  package let session: WorkerSession
  private let scratch: ScratchSpace
  private let state = Mutex(State())

  /// - Parameter scratch: where checkpoints are downloaded to.
  package init(_ id: AttemptID, _ session: WorkerSession, scratch: ScratchSpace) {
    self.id = id
    self.session = session
    self.scratch = scratch
  }

  /// How far the attempt is, from 0 to 1; told with every heartbeat.
  package var fraction: Float {
    get { state.withLock { $0.fraction } }
    set { state.withLock { $0.fraction = newValue } }
  }

  /// Told with every heartbeat, and stored with checkpoints.
  package var status: TrainingStatus? {
    get { state.withLock { $0.status } }
    set { state.withLock { $0.status = newValue } }
  }
}

extension JobAttempt {
  /// Look at each step: a pause may be withdrawn before it was obeyed.
  package var interruption: JobInterruption? {
    state.withLock { $0.drainPatience != nil ? .drain : $0.pauseBegan != nil ? .pause : nil }
  }

  /// Until when a step that is under way may end; one that takes longer is to be given up. Nil without interruption.
  package var patience: ContinuousClock.Instant? {
    state.withLock { [$0.drainPatience, $0.pauseBegan.map { $0 + Self.longestPatience }].compactMap(\.self).min() }
  }

  private static let longestPatience = Duration.seconds(5)

  func setPausing(_ isPausing: Bool) {
    state.withLock { $0.pauseBegan = isPausing ? $0.pauseBegan ?? .now : nil }
  }

  /// - Parameter limit: how long the drain takes: half of it is for storing what is done.
  func beginDrain(within limit: Duration) {
    state.withLock { state in
      if state.drainPatience == nil { state.drainPatience = .now + min(limit / 2, Self.longestPatience) }
    }
  }

  /// What is done is on its way into the database: a drain lets it arrive.
  var isStoring: Bool { state.withLock { $0.storeCount > 0 } }

  /// For the end of an attempt, or for a checkpoint: what `body` makes is not cut off by the limit of a drain.
  package func storing<Success, Failure: Error>(
    _ body: () async throws(Failure) -> Success
  ) async throws(Failure) -> Success {
    state.withLock { $0.storeCount += 1 }
    defer { state.withLock { $0.storeCount -= 1 } }
    return try await body()
  }
}

extension JobAttempt {
  /// Those that came since the last call. Look at each step.
  package func takeAdjustments() -> [JobAdjustment] {
    state.withLock { state in
      defer { state.adjustments = [] }
      return state.adjustments
    }
  }

  /// Heartbeats repeat what is not applied yet.
  func deliver(_ adjustment: JobAdjustment) {
    state.withLock { state in
      guard adjustment.sequence > state.newestAdjustment else { return }
      state.newestAdjustment = adjustment.sequence
      state.adjustments.append(adjustment)
    }
  }

  /// All adjustments of the job, for the start of an attempt; `takeAdjustments` gives those that come later.
  package func adjustmentsSoFar() async throws(JobError) -> [JobAdjustment] {
    let made = try await insist { session throws(QueueError) in try await session.adjustments(of: self.id) }
    state.withLock { state in
      let newest = made.last?.sequence ?? 0
      state.newestAdjustment = max(state.newestAdjustment, newest)
      state.adjustments.removeAll { $0.sequence <= newest }
    }
    return made
  }

  /// Leaves an adjustment out for good, with an event that says why: no attempt is given it again.
  /// - Parameters:
  ///   - step: how many steps are done.
  ///   - reason: for the job's submitter.
  package func refuse(_ adjustment: JobAdjustment, atStep step: Int, reason: String) async throws(JobError) {
    try await insistOnWriting { session throws(QueueError) in
      try await session.refuse(adjustment.sequence, atStep: step, reason: reason, of: self.id)
    }
  }

  /// Call before the first step that they change: whoever continues from an earlier checkpoint replays them there.
  /// - Parameter step: how many steps are done.
  package func markApplied(_ adjustments: [JobAdjustment], atStep step: Int) async throws(JobError) {
    let sequences = adjustments.filter { $0.appliedStep == nil }.map(\.sequence)
    if sequences.isEmpty { return }
    try await insistOnWriting { session throws(QueueError) in
      try await session.markApplied(sequences, atStep: step, of: self.id)
    }
  }

  /// Makes events of the notes, in their order, all of them or none.
  package func record(_ notes: [JobNote]) async throws(JobError) {
    if notes.isEmpty { return }
    try await insistOnWriting { session throws(QueueError) in try await session.record(notes, of: self.id) }
  }

  /// Goes with the value that is returned.
  package func makeScratchDirectory() throws(JobError) -> ScratchDirectory { try scratch.makeDirectory() }
}

extension JobAttempt {
  private static let pause = Duration.milliseconds(250)

  /// Asks until the database answers.
  func insist<Answer>(
    _ ask: (WorkerSession) async throws(QueueError) -> Answer
  ) async throws(JobError) -> Answer {
    while true {
      do throws(QueueError) {
        return try await ask(session)
      } catch {
        if Task.isCancelled { throw .stopped }
        guard error.isTransient else { throw JobError(.internalError, error.description) }
      }
      // Cancellation ends the sleep, and with it the wait.
      try? await Task.sleep(for: Self.pause)
      if Task.isCancelled { throw .stopped }
    }
  }

  /// As `insist`, for what is asked over another connection than the session's.
  package func insisting<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
    while true {
      do {
        return try await ask()
      } catch let error as PostgresError where error.isTransient {
        try await Task.sleep(for: Self.pause)
      }
    }
  }

  /// As `insist`, for writes that are refused to stale attempts.
  func insistOnWriting(_ write: (WorkerSession) async throws(QueueError) -> Bool) async throws(JobError) {
    guard try await insist(write) else { throw .stopped }
  }
}

extension JobError {
  static let stopped = JobError(.cancelled, "the attempt was stopped")
}
