import Jobs

/// The attempts that a worker holds, from their claim until the database has their end.
struct WorkerAttempts {
  /// Why a running attempt is stopped.
  enum StopReason: Sendable {
    /// Its result would be refused: drop it.
    case abandoned
    /// The worker drains: give it back.
    case handedBack
  }

  /// How an attempt ended, for the database.
  enum Outcome: Sendable {
    case succeeded(JobOutput)
    case failed(JobError)
    case handedBack
  }

  private struct Held {
    let job: ClaimedJob
    let progress: JobProgress
    let stop: AsyncStream<StopReason>.Continuation
    var outcome: Outcome?
  }

  private var held: [AttemptID: Held] = [:]

  var count: Int { held.count }
  var holdsAlone: Bool { held.values.contains { $0.job.isAlone } }
  var progress: [AttemptID: Float] { held.mapValues(\.progress.fraction) }
  var countsByKind: [JobKind: Int] { held.values.reduce(into: [:]) { $0[$1.job.kind, default: 0] += 1 } }

  /// - Returns: the signals that stop the attempt.
  mutating func begin(_ job: ClaimedJob, progress: JobProgress) -> AsyncStream<StopReason> {
    let (signals, stop) = AsyncStream.makeStream(of: StopReason.self, bufferingPolicy: .bufferingNewest(1))
    held[job.attemptID] = Held(job: job, progress: progress, stop: stop)
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
