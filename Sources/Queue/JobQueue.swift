package import JSON
import Jobs
import Postgres

/// What submitters and operators do: thin Swift over the functions of the schema `quern`.
package struct JobQueue: Sendable {
  private let database: any QueueDatabase

  package init(_ database: any QueueDatabase) { self.database = database }
}

extension JobQueue {
  /// Submits one job.
  /// - Throws: `refused` with the code and parameter of what is wrong with it.
  package func submit(_ submission: Submission) async throws(QueueError) -> JobID {
    try await database.value(submission.query)
  }

  /// One job for each element of `parameters`, all or none. The other arguments are the submission's.
  package func submit(_ submission: Submission, forEach parameters: [JSONValue]) async throws(QueueError) -> [JobID] {
    let ids: [Int64] = try await database.value(submission.query(forEach: parameters), within: .seconds(300))
    return ids.map(JobID.init(rawValue:))
  }

  /// Final at once, also for a running job.
  package func cancel(_ id: JobID) async throws(QueueError) -> JobState {
    try await database.value("SELECT quern.cancel(\(id))")
  }

  /// With all its attempts to come; from its last checkpoint, if it stored one.
  package func retry(_ id: JobID) async throws(QueueError) -> JobState {
    try await database.value("SELECT quern.retry(\(id))")
  }

  /// `paused`, or `running` while the worker has still to store what it did.
  package func pause(_ id: JobID) async throws(QueueError) -> JobState {
    try await database.value("SELECT quern.pause(\(id))")
  }

  /// Lets a paused job go on, or withdraws a pause that is still under way.
  package func resume(_ id: JobID) async throws(QueueError) -> JobState {
    try await database.value("SELECT quern.resume(\(id))")
  }

  /// Changes parameters of an unfinished job, in force from its next step on.
  /// - Parameter changes: new values by name.
  /// - Returns: the job's state, which stays.
  package func adjust(_ id: JobID, _ changes: JSONValue) async throws(QueueError) -> JobState {
    try await database.value("SELECT quern.adjust(\(id), \(changes))")
  }

  package func state(of id: JobID) async throws(QueueError) -> JobState {
    try await database.value("SELECT quern.job_state(\(id))")
  }

  /// Nil while the job is unfinished; `{"error": …}` unless it succeeded.
  package func result(of id: JobID) async throws(QueueError) -> JSONValue? {
    try await database.value("SELECT quern.result(\(id))", as: JSONValue?.self)
  }

  /// The generated text alone.
  package func text(of id: JobID) async throws(QueueError) -> String? {
    try await database.value("SELECT quern.text(\(id))", as: String?.self)
  }
}

extension JobQueue {
  package func show(_ id: JobID) async throws(QueueError) -> JobRecord? {
    let query: PostgresQuery = "SELECT \(unescaped: JobRecord.columns) FROM quern.jobs WHERE id = \(id)"
    return try await database.ask(query).decoded(JobRecord.init).first
  }

  /// Newest first.
  package func jobs(_ filter: JobFilter = JobFilter()) async throws(QueueError) -> [JobRecord] {
    try await database.ask(filter.query).decoded(JobRecord.init)
  }

  /// Waits until the job is over, looking every few milliseconds at first and four times a second later.
  /// - Returns: its state; not a final one when `limit` passed first.
  package func wait(for id: JobID, within limit: Duration) async throws -> JobState {
    let end = ContinuousClock.now + limit
    var pause = Duration.milliseconds(5)
    while true {
      let state = try await state(of: id)
      if state.isFinal || ContinuousClock.now >= end { return state }
      try await Task.sleep(for: min(pause, max(.zero, end - ContinuousClock.now)))
      pause = min(pause * 3 / 2, .milliseconds(250))
    }
  }
}
