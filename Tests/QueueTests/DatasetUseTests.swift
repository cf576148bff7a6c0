import JSON
import Jobs
import Postgres
import Queue
import Registry
import Testing

/// Datasets that jobs name, while they are removed.
struct DatasetUseTests {
  private static func run(_ body: @Sendable (QueueFixture, Submission) async throws -> Void) async throws {
    try await QueueFixture.run { fixture in
      for name in ["poems", "checks"] {
        try await fixture.sql("SELECT quern.create_dataset('\(name)', 'SELECT ''a'' AS text')")
      }
      let parameters: JSONValue = ["model": "stories", "dataset": "poems", "eval_dataset": "checks", "r": 4]
      try await body(fixture, Submission(kind: .finetune, parameters: parameters))
    }
  }

  private static func refusal(_ call: () async throws -> some Sendable) async -> QueueError.Refusal? {
    do {
      _ = try await call()
      return nil
    } catch let error as PostgresError {
      return QueueError(error).refusal
    } catch {
      return (error as? QueueError)?.refusal
    }
  }

  @Test(arguments: ["poems", "checks"])
  func `a submission waits for a removal that is not committed yet, and finds nothing`(dataset: String) async throws {
    try await Self.run { fixture, submission in
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      _ = try await connection.query("SELECT quern.remove_dataset(\(dataset))")
      async let refusal = Self.refusal { try await fixture.queue.submit(submission) }
      try await fixture.waitForLockWaiter()
      try await connection.execute(script: "COMMIT")
      #expect(await refusal?.code == "dataset_not_found")
      #expect(await refusal?.param == (dataset == "poems" ? "dataset" : "eval_dataset"))
      #expect(try await fixture.number("SELECT count(*) FROM quern.job") == 0)
      await connection.close()
    }
  }

  @Test(arguments: ["poems", "checks"])
  func `a removal waits for a submission that is not committed yet, and is refused`(dataset: String) async throws {
    try await Self.run { fixture, submission in
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      let id = try await JobQueue(connection).submit(submission)
      let registry = DatasetRegistry(fixture.client)
      async let refusal = Self.refusal { try await registry.remove(dataset) }
      try await fixture.waitForLockWaiter()
      try await connection.execute(script: "COMMIT")
      #expect(await refusal?.code == "invalid_state")
      #expect(await refusal?.message.contains("job \(id) still needs it") == true)
      _ = try await fixture.queue.cancel(id)
      #expect(try await registry.remove(dataset) == "\(dataset)@1")
      await connection.close()
    }
  }

  @Test func `submissions do not wait for each other`() async throws {
    try await Self.run { fixture, submission in
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      _ = try await JobQueue(connection).submit(submission)
      _ = try await fixture.queue.submit(submission)
      try await connection.execute(script: "COMMIT")
      #expect(try await fixture.number("SELECT count(*) FROM quern.job") == 2)
      await connection.close()
    }
  }

  @Test func `a job whose rows are gone is not tried again`() async throws {
    try await Self.run { fixture, submission in
      let id = try await fixture.queue.submit(submission)
      _ = try await fixture.queue.cancel(id)
      _ = try await DatasetRegistry(fixture.client).remove("poems")
      let refusal = await Self.refusal { try await fixture.queue.retry(id) }
      #expect(refusal?.code == "dataset_not_found")
      #expect(try await fixture.queue.state(of: id) == .cancelled)
    }
  }

  @Test func `a removal wants to see every job that is committed`() async throws {
    try await Self.run { fixture, _ in
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN ISOLATION LEVEL REPEATABLE READ")
      let refusal = await Self.refusal { try await connection.query("SELECT quern.remove_dataset('poems')") }
      #expect(refusal?.message.contains("READ COMMITTED") == true)
      try await connection.execute(script: "ROLLBACK")
      await connection.close()
    }
  }

  @Test func `a draft that nobody sealed within a day is swept with its rows, a younger one stays`() async throws {
    try await Self.run { fixture, _ in
      for name in ["old", "young"] {
        try await fixture.sql(
          "SELECT quern.append_dataset(quern.open_dataset('\(name)'), ARRAY['{\"text\": \"a\"}']::jsonb[])"
        )
      }
      #expect(try await fixture.monitor.sweep()["drafts_removed"] == 0)
      try await fixture.sql(
        "UPDATE quern.dataset SET created_at = now() - interval '25 hours' WHERE name IN ('old', 'poems')"
      )
      #expect(try await fixture.monitor.sweep()["drafts_removed"] == 1)
      #expect(try await fixture.number("SELECT count(*) FROM quern.dataset WHERE NOT sealed AND name = 'young'") == 1)
      #expect(try await fixture.number("SELECT count(*) FROM quern.dataset_row") == 3)
    }
  }
}
