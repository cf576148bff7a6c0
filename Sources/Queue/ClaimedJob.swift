package import JSON
package import Jobs
import Postgres

/// A job and the number of its attempt: what every write of a worker carries. A stale one is refused.
package struct AttemptID: Sendable, Hashable {
  package let job: JobID
  package let attempt: Int32

  package init(job: JobID, attempt: Int32) {
    self.job = job
    self.attempt = attempt
  }
}

/// What `quern.claim` gives to a worker.
package struct ClaimedJob: Sendable, Hashable {
  package let attemptID: AttemptID
  package let kind: JobKind
  package let queue: String
  /// `name@version`.
  package let model: String?
  package let parameters: JSONValue
  /// Of this attempt.
  package let timeout: Duration?
  /// It was lost twice in a row: it is the worker's only job.
  package let isAlone: Bool
  package let losses: Int
  package let submitter: String
  /// The submitter's own fairness key.
  package let tenant: String?
  /// Higher first.
  package let priority: Int
  package let metadata: JSONValue

  package var id: JobID { attemptID.job }

  init(_ row: PostgresRow) throws(PostgresError) {
    attemptID = AttemptID(job: try row.decode("id"), attempt: try row.decode("attempt"))
    kind = JobKind(rawValue: try row.decode("kind"))
    queue = try row.decode("queue")
    model = try row.decode("model")
    parameters = try row.decode("parameters")
    timeout = try row.decode("timeout")
    isAlone = try row.decode("alone")
    losses = Int(try row.decode("losses", as: Int32.self))
    submitter = try row.decode("submitter")
    tenant = try row.decode("tenant")
    priority = Int(try row.decode("priority", as: Int32.self))
    metadata = try row.decode("metadata")
  }
}

/// What a heartbeat answers.
package enum WorkerCommand: Sendable, Hashable {
  /// Another decision was made about this attempt: stop it, nothing of it will be taken.
  case cancel(AttemptID)
  /// Store what is done and hand it back. Repeated until that is done; not repeated once it was withdrawn.
  case pause(AttemptID)
  /// Change parameters before the next step. Repeated until it is marked as applied.
  case adjust(AttemptID, JobAdjustment)
  /// Claim nothing more, finish, stop.
  case drain
  /// The worker was taken for lost: its attempts are gone, it registers afresh.
  case register
}

/// A finished attempt.
package struct JobCompletion: Sendable, Hashable {
  package let attempt: AttemptID
  package let result: JSONValue
  package let usage: JSONValue?

  package init(_ attempt: AttemptID, result: JSONValue, usage: JSONValue? = nil) {
    self.attempt = attempt
    self.result = result
    self.usage = usage
  }
}
