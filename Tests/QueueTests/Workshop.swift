import JSON
import Jobs
import Postgres
import Queue
import Registry
import Testing

/// Two submitters, each with a dataset `poems`, and a worker that makes models for them, all with their rights alone.
struct Workshop: Sendable {
  let fixture: QueueFixture
  let alice: PostgresConnection
  let bob: PostgresConnection
  let worker: WorkerSession

  static func run(_ body: @Sendable (Workshop) async throws -> Void) async throws {
    try await QueueFixture.run { fixture in
      let alice = try await fixture.session("quern_submitter")
      let bob = try await fixture.session("quern_submitter")
      for session in [alice, bob] {
        _ = try await session.query("SELECT quern.create_dataset('poems', 'SELECT ''a'' AS text')")
      }
      let working = try await fixture.session("quern_worker")
      var generator = SystemRandomNumberGenerator()
      let worker = WorkerSession(id: WorkerID(name: "w", using: &generator), working)
      try await worker.register(
        WorkerRegistration(name: "w", host: "h", pid: 1, version: "0", slots: [.finetune: 1])
      )
      try await body(Workshop(fixture: fixture, alice: alice, bob: bob, worker: worker))
      for session in [alice, bob, working] { await session.close() }
    }
  }

  /// Submits a fine-tune, which the worker claims.
  func begin(
    _ name: String,
    by submitter: PostgresConnection,
    _ changes: JSONObject = ["r": 4]
  ) async throws -> ClaimedJob {
    var parameters: JSONObject = ["model": "stories", "dataset": "poems", "name": .string(name)]
    for (key, value) in changes { parameters[key] = value }
    let id = try await JobQueue(submitter).submit(Submission(kind: .finetune, parameters: .object(parameters)))
    let job = try #require(await worker.claim([.finetune: 1], running: 0).first)
    try #require(job.id == id)
    return job
  }

  /// Stores a file with this text and registers it as what the job made.
  func register(_ job: ClaimedJob, _ text: String) async throws -> String? {
    let file = try TextFile(text)
    let manifest = try file.manifest
    if try await worker.missing(of: [manifest], for: job.attemptID, in: .models).contains(manifest.blob) {
      guard try await worker.put(Array(text.utf8), index: 0, of: manifest, for: job.attemptID, in: .models) else {
        return nil
      }
    }
    let isAdapter = job.parameters["r"] != nil || job.parameters["adapter"] != nil
    let model = try #require(job.parameters["model"]?.string)
    let lineage: JSONValue = [
      "base": .string(model), "dataset": "poems@1", "job": JSONValue(Int(job.id.rawValue)), "parameters": ["seed": 1],
    ]
    let made = MadeModel(
      name: try #require(job.parameters["name"]?.string),
      base: isAdapter ? model : nil,
      config: ["max_position_embeddings": 512],
      files: [NewCheckpoint.File(path: manifest.path, location: file.path)],
      detail: ["lineage": lineage]
    )
    return try await worker.register(made, files: [manifest], of: job.attemptID)
  }

  /// A fine-tune from its submission to its end. Its one file, `state.txt`, holds its name.
  @discardableResult
  func make(
    _ name: String,
    by submitter: PostgresConnection,
    _ changes: JSONObject = ["r": 4]
  ) async throws -> String {
    let job = try await begin(name, by: submitter, changes)
    let made = try #require(await register(job, name))
    try #require(await worker.complete(job))
    return made
  }

  /// Nil when the call went through.
  func refusal(_ call: String, _ session: PostgresConnection) async throws -> QueueError.Refusal? {
    do throws(PostgresError) {
      _ = try await session.query(PostgresQuery(unescaped: "SELECT \(call)"))
      return nil
    } catch {
      guard let refusal = QueueError(error).refusal else { throw error }
      return refusal
    }
  }

  /// The models and adapters that the session's view shows.
  func listed(_ session: PostgresConnection) async throws -> [String] {
    try await session.query("SELECT model FROM quern.models ORDER BY model").map { try $0.decode(0) }
  }

  func share(_ name: String, _ session: PostgresConnection, _ visibility: ModelVisibility = .shared) async throws
    -> [String]
  {
    let settings: JSONValue = ["visibility": .string(visibility.rawValue)]
    return try await session.query("SELECT quern.set_model(\(name), \(settings))").onlyRow.decode(0)
  }
}
