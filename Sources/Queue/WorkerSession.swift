package import JSON
package import Jobs
import Postgres

/// One registration of a worker: everything it asks of and tells to the queue.
///
/// Statements have short deadlines: a worker that cannot reach the database goes on and asks again.
package struct WorkerSession: Sendable {
  package let id: WorkerID
  let database: any QueueDatabase
  let deadline: Duration

  package init(id: WorkerID, _ database: any QueueDatabase, deadline: Duration = .seconds(10)) {
    self.id = id
    self.database = database
    self.deadline = deadline
  }

  var name: String { id.description }
}

extension WorkerSession {
  /// The lease starts with it. An answer that is lost leaves a worker that nobody hears of again: register under a new id.
  package func register(_ registration: WorkerRegistration) async throws(QueueError) {
    _ = try await database.ask(
      """
      SELECT quern.register_worker(\(name), \(registration.name), \(registration.host), \(registration.pid),
        \(registration.version), \(registration.slots.keys.map(\.rawValue).sorted()), \(registration.queues),
        \(registration.slots.json), lease => \(registration.lease), detail => \(registration.detail),
        kernel_levels => \(registration.kernelLevels))
      """,
      within: deadline
    )
  }

  /// What it still holds goes back to the queue.
  package func deregister() async throws(QueueError) {
    _ = try await database.ask("SELECT quern.deregister_worker(\(name))", within: deadline)
  }

  /// Tells operators and the journal that the worker drains.
  package func announceDrain() async throws(QueueError) {
    _ = try await database.ask("SELECT quern.drain_worker(\(name))", within: deadline)
  }

  /// Renews the lease.
  /// - Parameters:
  ///   - attempts: all that the worker runs, with their progress from 0 to 1.
  ///   - training: of those that train.
  package func heartbeat(
    _ attempts: [AttemptID: Float],
    training: [AttemptID: TrainingStatus] = [:],
    isIdle: Bool = false,
    status: JSONValue = [:]
  ) async throws(QueueError) -> [WorkerCommand] {
    let held = attempts.sorted { $0.key.job < $1.key.job }
    let numbers = JSONObject(uniqueKeysWithValues: training.map { ($0.key.job.description, $0.value.json) })
    return try await database.ask(
      """
      SELECT job, attempt, command, data
      FROM quern.heartbeat(\(name), \(held.map(\.key.job.rawValue)), \(held.map(\.key.attempt)), \(held.map(\.value)),
        idle => \(isIdle), status => \(status), training => \(JSONValue.object(numbers)))
      """,
      within: deadline
    ).decoded(WorkerCommand.init).compactMap(\.self)
  }
}

extension WorkerSession {
  /// The next jobs, best priority first.
  /// - Parameters:
  ///   - capacity: free slots by kind.
  ///   - running: attempts that the worker runs now.
  ///   - marksIdle: leaves a mark when there is nothing, so that submitters notify. See `maySleep`.
  package func claim(
    _ capacity: [JobKind: Int],
    running: Int,
    marksIdle: Bool = false
  ) async throws(QueueError) -> [ClaimedJob] {
    try await database.ask(
      """
      SELECT id, attempt, kind, queue, model, parameters, timeout, alone, losses, submitter, tenant, priority,
             metadata
      FROM quern.claim(\(name), \(capacity.json), \(Int32(clamping: running)), mark_idle => \(marksIdle))
      """,
      within: deadline
    ).decoded(ClaimedJob.init)
  }

  /// Whether every submission that may have missed the idle mark has ended. Claim once more, and when that finds nothing
  /// either, sleep until `quern_queued` or the next poll. Ask again every 50 ms while it is false.
  package func maySleep() async throws(QueueError) -> Bool {
    try await database.value("SELECT quern.may_sleep(\(name))", within: deadline)
  }
}

extension WorkerSession {
  /// - Returns: the jobs whose results were taken. The others were cancelled, or are another worker's by now.
  package func complete(_ completions: [JobCompletion]) async throws(QueueError) -> Set<JobID> {
    let ids: [Int64] = try await database.value(
      """
      SELECT quern.complete(\(name), \(completions.map(\.attempt.job.rawValue)), \(completions.map(\.attempt.attempt)),
        \(completions.map(\.result)), \(completions.map(\.usage)))
      """,
      within: deadline
    )
    return Set(ids.map(JobID.init(rawValue:)))
  }

  /// - Parameter retryAfter: instead of the queue's own pause.
  /// - Returns: the job's new state; nil when the attempt was no longer this worker's.
  package func fail(_ attempt: AttemptID, _ error: JobError, retryAfter: Duration? = nil) async throws(QueueError)
    -> JobState?
  {
    try await database.value(
      """
      SELECT quern.fail(\(name), \(attempt.job), \(attempt.attempt), \(error.json), \(error.code.isRetryable), \(retryAfter))
      """,
      as: JobState?.self,
      within: deadline
    )
  }

  /// Hands attempts back: neither a failure nor a loss.
  /// - Returns: those that were still this worker's.
  package func release(_ attempts: [AttemptID], reason: String) async throws(QueueError) -> Set<JobID> {
    let ids: [Int64] = try await database.value(
      "SELECT quern.release(\(name), \(attempts.map(\.job.rawValue)), \(attempts.map(\.attempt)), \(reason))",
      within: deadline
    )
    return Set(ids.map(JobID.init(rawValue:)))
  }
}

extension WorkerCommand {
  /// Nil for a command that this version does not know.
  init?(_ row: PostgresRow) throws(PostgresError) {
    switch try row.decode("command", as: String.self) {
    case "cancel": self = .cancel(try AttemptID(row))
    case "pause": self = .pause(try AttemptID(row))
    case "adjust":
      let data = try row.decode("data", as: JSONValue.self)
      guard let sequence = data["seq"]?.integer, let changes = data["changes"] else { return nil }
      self = .adjust(try AttemptID(row), JobAdjustment(sequence: sequence, changes: changes))
    case "drain": self = .drain
    case "register": self = .register
    default: return nil
    }
  }
}

extension AttemptID {
  fileprivate init(_ row: PostgresRow) throws(PostgresError) {
    self.init(job: try row.decode("job"), attempt: try row.decode("attempt"))
  }
}
