package import FoundationEssentials
package import JSON
import Postgres
package import Privacy

/// A row of `quern.read_events`: one transition, with the content that belongs to it.
package struct QueueEvent: Sendable, Hashable {
  package let id: Int64
  package let at: Date
  /// Nil for events of workers and models.
  package let job: JobID?
  package let attempt: Int?
  /// submitted, queued, claimed, released, retrying, lost, succeeded, failed, cancelled, expired, retried, paused,
  /// pause_requested, resumed, checkpoint_saved, hyperparameter_changed, hyperparameter_applied, hyperparameter_refused,
  /// worker_registered, worker_lost, drain_started, model_imported, model_shared, model_unshared, and notes of executors:
  /// training_log, evaluation, …; a newer database may know more.
  package let type: String
  package let kind: String?
  package let queue: String?
  package let model: String?
  package let state: JobState?
  package let worker: String?
  /// Of `submitted`. Unredacted, like `result` and `error`.
  package let parameters: JSONValue?
  /// Of `succeeded`.
  package let result: JSONValue?
  /// `{code, message, param}` of `failed` and `retrying`; the code alone of `cancelled` and `expired`.
  package let error: JSONValue?
  /// previous (state), seconds (waited at `claimed`, since submission at the end, of storing at `checkpoint_saved`), usage,
  /// reason, run_at; step, bytes, metric of a checkpoint; seq and the changes of an adjustment; what a `JobNote` says.
  package let data: JSONValue
  /// To store once this event, and all before it in the same read, are dealt with.
  package let cursor: String

  init(_ row: PostgresRow) throws(PostgresError) {
    id = try row.decode("id")
    at = try row.decode("at")
    job = try row.decode("job")
    attempt = try row.decode("attempt", as: Int32?.self).map(Int.init)
    type = try row.decode("type")
    kind = try row.decode("kind")
    queue = try row.decode("queue")
    model = try row.decode("model")
    state = try row.decode("state")
    worker = try row.decode("worker")
    parameters = try row.decode("parameters")
    result = try row.decode("result")
    error = try row.decode("error")
    data = try row.decode("data")
    cursor = try row.decode("cursor")
  }
}

/// Reads events in the order of their commits. Reading again without storing gives the same events again.
package struct EventReader: Sendable {
  package let name: String
  private let database: any QueueDatabase

  package init(name: String, _ database: any QueueDatabase) {
    self.name = name
    self.database = database
  }
}

extension EventReader {
  /// The next events; empty when there are none.
  package func read(atMost limit: Int = 1000) async throws(QueueError) -> [QueueEvent] {
    try await database.ask("SELECT * FROM quern.read_events(\(name), \(Int32(clamping: limit)))").decoded(
      QueueEvent.init
    )
  }

  /// Everything up to this event, which must come from the last read, is dealt with.
  package func store(after event: QueueEvent) async throws(QueueError) {
    _ = try await database.ask("SELECT quern.store_cursor(\(name), \(event.cursor), \(event.id))")
  }

  /// Names the database that ids of jobs and events belong to.
  package func instance() async throws(QueueError) -> Identifier {
    let name: String = try await database.value("SELECT quern.instance()")
    guard let instance = Identifier(name) else { throw .unreadable(column: "instance") }
    return instance
  }
}
