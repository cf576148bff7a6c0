import Jobs

/// The attempts that a worker holds, from their claim until the database has their end.
struct WorkerAttempts {
  /// Why a running attempt is stopped.
  enum StopReason: Sendable {
    /// Its result would be refused: drop it.
    case abandoned
    /// Give it back: the worker drains, or the job was paused and stores no checkpoints.
    case handedBack
  }

  /// How an attempt ended, for the database.
  enum Outcome: Sendable {
    case succeeded(JobOutput)
    case failed(JobError)
    /// Stopped, or stopped by itself with a checkpoint.
    case handedBack
  }

  private struct Held {
    let job: ClaimedJob
    let attempt: JobAttempt
    /// Asked to stop, it stops by itself.
    let storesCheckpoints: Bool
    let stop: AsyncStream<StopReason>.Continuation
    var outcome: Outcome?
  }

  private var held: [AttemptID: Held] = [:]

  var count: Int { held.count }
  var holdsAlone: Bool { held.values.contains { $0.job.isAlone } }
  var progress: [AttemptID: Float] { held.mapValues(\.attempt.fraction) }
  var training: [AttemptID: TrainingStatus] { held.compactMapValues(\.attempt.status) }
  var countsByKind: [JobKind: Int] { held.values.reduce(into: [:]) { $0[$1.job.kind, default: 0] += 1 } }

  /// - Returns: the signals that stop the attempt.
  mutating func begin(
    _ job: ClaimedJob,
    _ attempt: JobAttempt,
    storesCheckpoints: Bool
  ) -> AsyncStream<StopReason> {
    let (signals, stop) = AsyncStream.makeStream(of: StopReason.self, bufferingPolicy: .bufferingNewest(1))
    held[job.attemptID] = Held(job: job, attempt: attempt, storesCheckpoints: storesCheckpoints, stop: stop)
    return signals
  }

  /// An attempt came to its end; one that was abandoned meanwhile is not held any more, and its end is dropped.
  mutating func end(_ attempt: AttemptID, _ outcome: Outcome) {
    held[attempt]?.outcome = outcome
  }

  /// Stops an attempt whose fate was decided elsewhere.
  mutating func abandon(_ attempt: AttemptID) {
    held.removeValue(forKey: attempt)?.stop.yield(.abandoned)
  }

  mutating func abandonAll() {
    for attempt in held.keys { abandon(attempt) }
  }

  /// Asks those to stop whose jobs are pausing; those that were asked before and are not among them go on.
  func pause(_ pausing: Set<AttemptID>) {
    for (id, attempt) in held where attempt.outcome == nil {
      attempt.attempt.setPausing(pausing.contains(id))
      if pausing.contains(id), !attempt.storesCheckpoints { attempt.stop.yield(.handedBack) }
    }
  }

  func deliver(_ adjustment: JobAdjustment, to attempt: AttemptID) {
    held[attempt]?.attempt.deliver(adjustment)
  }

  /// Those that store checkpoints do so at once; the others may finish.
  func beginDrain(within limit: Duration) {
    for attempt in held.values where attempt.storesCheckpoints { attempt.attempt.beginDrain(within: limit) }
  }

  var areStoring: Bool { held.values.contains { $0.attempt.isStoring } }

  /// Asks what still runs to stop; it ends as `handedBack`.
  func handBack() {
    for attempt in held.values where attempt.outcome == nil { attempt.stop.yield(.handedBack) }
  }

  /// The ends that the database does not know yet.
  var outcomes: [(attempt: AttemptID, outcome: Outcome)] {
    held.compactMap { attempt, held in held.outcome.map { (attempt, $0) } }
      .sorted { $0.attempt.job < $1.attempt.job }
  }

  /// The database has the ends of these, or refused them for good.
  mutating func forget(_ attempts: some Sequence<AttemptID>) {
    for attempt in attempts { held.removeValue(forKey: attempt) }
  }
}
