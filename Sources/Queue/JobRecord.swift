package import FoundationEssentials
package import JSON
package import Jobs
import Postgres

/// A row of `quern.jobs`. Content (parameters, result, error, metadata) is nil where the caller may not see it.
package struct JobRecord: Sendable, Hashable {
  package let id: JobID
  package let kind: JobKind
  package let queue: String
  package let state: JobState
  /// Why the job is where it is, e.g. that no worker offers its kind.
  package let reason: String?
  package let priority: Int
  /// 0 to 1.
  package let progress: Float?
  package let attempt: Int
  package let failures: Int
  package let maxAttempts: Int
  /// `name@version`.
  package let model: String?
  package let submitter: String
  package let tenant: String?
  package let parameters: JSONValue?
  package let result: JSONValue?
  package let error: JSONValue?
  package let usage: JSONValue?
  package let worker: String?
  package let metadata: JSONValue?
  package let createdAt: Date
  package let runAt: Date
  package let startedAt: Date?
  package let finishedAt: Date?
  /// Numbers of a training as `TrainingStatus.json` has them: now, or at the last checkpoint of a job that does not run.
  package let training: JSONValue?
}

extension JobRecord {
  /// The columns in the order of `init(_:)`, for SELECT lists.
  static let columns = """
    id, kind, queue, state::text AS state, reason, priority, progress, attempt, failures, max_attempts, model, submitter,
    tenant, parameters, result, error, usage, worker, metadata, created_at, run_at, started_at, finished_at,
    training
    """

  init(_ row: PostgresRow) throws(PostgresError) {
    id = try row.decode("id")
    kind = JobKind(rawValue: try row.decode("kind"))
    queue = try row.decode("queue")
    state = try row.decode("state")
    reason = try row.decode("reason")
    priority = Int(try row.decode("priority", as: Int32.self))
    progress = try row.decode("progress")
    attempt = Int(try row.decode("attempt", as: Int32.self))
    failures = Int(try row.decode("failures", as: Int32.self))
    maxAttempts = Int(try row.decode("max_attempts", as: Int32.self))
    model = try row.decode("model")
    submitter = try row.decode("submitter")
    tenant = try row.decode("tenant")
    parameters = try row.decode("parameters")
    result = try row.decode("result")
    error = try row.decode("error")
    usage = try row.decode("usage")
    worker = try row.decode("worker")
    metadata = try row.decode("metadata")
    createdAt = try row.decode("created_at")
    runAt = try row.decode("run_at")
    startedAt = try row.decode("started_at")
    finishedAt = try row.decode("finished_at")
    training = try row.decode("training")
  }

  package var json: JSONValue {
    [
      "id": .integer(id.rawValue), "kind": .string(kind.rawValue), "queue": .string(queue),
      "state": .string(state.rawValue), "reason": Self.text(reason), "priority": JSONValue(priority),
      "progress": progress.map { .number(Double($0)) } ?? .null, "attempt": JSONValue(attempt),
      "failures": JSONValue(failures), "max_attempts": JSONValue(maxAttempts), "model": Self.text(model),
      "submitter": .string(submitter), "tenant": Self.text(tenant), "parameters": parameters ?? .null,
      "result": result ?? .null, "error": error ?? .null, "usage": usage ?? .null, "worker": Self.text(worker),
      "metadata": metadata ?? .null, "created_at": Self.time(createdAt), "run_at": Self.time(runAt),
      "started_at": startedAt.map(Self.time) ?? .null, "finished_at": finishedAt.map(Self.time) ?? .null,
      "training": training ?? .null,
    ]
  }

  private static func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

  private static func time(_ date: Date) -> JSONValue {
    .string(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
  }
}
