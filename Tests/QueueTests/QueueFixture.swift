import JSON
import Jobs
import Logging
import Postgres
import PostgresTestSupport
import Queue

/// A migrated database of its own, with the model `stories` and shorthands for what tests do.
struct QueueFixture: Sendable {
  let configuration: PostgresConfiguration
  let client: PostgresClient

  var queue: JobQueue { JobQueue(client) }
  var monitor: QueueMonitor { QueueMonitor(client) }

  static func run(_ body: @Sendable (QueueFixture) async throws -> Void) async throws {
    try await withDatabaseConfiguration(migrated: true) { configuration in
      try await withClient(configuration, maximumConnections: 8) { client in
        let fixture = QueueFixture(configuration: configuration, client: client)
        try await fixture.registerModel(longestTokenBytes: 10)
        try await body(fixture)
      }
    }
  }

  func registerModel(longestTokenBytes: Int) async throws {
    try await sql("SELECT quern.put_blob_chunk(sha256('x'), 0, 1, 'x')")
    let detail: JSONValue = ["longest_token_bytes": JSONValue(longestTokenBytes), "parameters": 260_000]
    _ = try await client.query(
      """
      SELECT quern.register_model('stories', '{"max_position_embeddings": 512}',
        jsonb_build_array(jsonb_build_object('path', 'config.json', 'sha256', encode(sha256('x'), 'hex'), 'size', 1)), \(detail))
      """
    )
  }

  func sql(_ statement: String) async throws { _ = try await client.query(PostgresQuery(unescaped: statement)) }

  func number(_ statement: String) async throws -> Int {
    try await client.query(PostgresQuery(unescaped: statement)).onlyRow.decode(0)
  }

  func connection() async throws -> PostgresConnection {
    try await PostgresConnection.connect(configuration, logger: .silent)
  }

  /// A session of a new role that is a member of `group`; roles belong to the shared cluster.
  func session(_ group: String) async throws -> PostgresConnection {
    let role = "\(group)_\(UInt64.random(in: 0...UInt64.max))"
    let connection = try await connection()
    try await connection.execute(script: "CREATE ROLE \(role); GRANT \(group) TO \(role); SET ROLE \(role)")
    return connection
  }

  @discardableResult
  func submitSleep(_ change: (inout Submission) -> Void = { _ in }) async throws -> JobID {
    var submission = Submission(kind: .sleep, parameters: ["seconds": 0])
    change(&submission)
    return try await queue.submit(submission)
  }

  func worker(
    _ name: String = "w",
    slots: [JobKind: Int] = [.sleep: 100, .generate: 16],
    kernelLevels: [String] = ["portable"]
  ) async throws -> WorkerSession {
    var generator = SystemRandomNumberGenerator()
    let session = WorkerSession(id: WorkerID(name: name, using: &generator), client)
    try await session.register(
      WorkerRegistration(name: name, host: "h", pid: 1, version: "0", slots: slots, kernelLevels: kernelLevels)
    )
    return session
  }

  /// As if the worker had been silent for longer than its lease.
  func endLease(of worker: WorkerSession) async throws {
    _ = try await client.query(
      """
      UPDATE quern.worker
      SET lease_until = now() - interval '1 year', lease = '1 microsecond'
      WHERE id = \(worker.id.description)
      """
    )
  }

  /// Makes pauses and delays of scheduled jobs pass.
  func makeDue() async throws { try await sql("UPDATE quern.job SET run_at = now() - interval '1 s' WHERE parked") }
}

extension QueueFixture {
  func refusalOfCancel(_ id: JobID) async -> QueueError.Refusal? {
    do throws(QueueError) {
      _ = try await queue.cancel(id)
      return nil
    } catch {
      return error.refusal
    }
  }
}

extension WorkerSession {
  func claimSleep(_ count: Int = 100, running: Int = 0, marksIdle: Bool = false) async throws -> [ClaimedJob] {
    try await claim([.sleep: count], running: running, marksIdle: marksIdle)
  }

  func complete(_ job: ClaimedJob) async throws -> Bool {
    try await !complete([JobCompletion(job.attemptID, result: ["seconds": 0])]).isEmpty
  }
}
