import JSON
import Jobs
import Postgres
import Queue
import Testing

struct CancelTests {
  @Test func `cancelling a running job is final at once, and tells its worker`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      #expect(try await fixture.queue.cancel(id) == .cancelled)
      #expect(try await !worker.complete(job))
      #expect(try await worker.heartbeat([job.attemptID: 0]) == [.cancel(job.attemptID)])
      #expect(try await fixture.queue.result(of: id)?["error"]?["code"] == "cancelled")
    }
  }

  @Test func `a final job cannot be cancelled, and only an unsuccessful one retried`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      _ = try await fixture.queue.cancel(id)
      let error = await #expect(throws: QueueError.self) { try await fixture.queue.cancel(id) }
      #expect(error?.refusal?.code == "invalid_state")
      #expect(try await fixture.queue.retry(id) == .queued)
      let twice = await #expect(throws: QueueError.self) { try await fixture.queue.retry(id) }
      #expect(twice?.refusal?.code == "invalid_state")
      let worker = try await fixture.worker()
      #expect(try await worker.complete(worker.claimSleep()[0]))
      let succeeded = await #expect(throws: QueueError.self) { try await fixture.queue.retry(id) }
      #expect(succeeded?.refusal?.code == "invalid_state")
    }
  }

  @Test func `a completion that is not committed yet wins over a cancel that waits for it`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      let direct = WorkerSession(id: worker.id, connection)
      #expect(try await direct.complete(job))
      async let refusal = fixture.refusalOfCancel(id)
      while try await fixture.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 { await Task.yield() }
      try await connection.execute(script: "COMMIT")
      #expect(await refusal?.code == "invalid_state")
      #expect(try await fixture.queue.state(of: id) == .succeeded)
      await connection.close()
    }
  }

  @Test func `a cancel that is not committed yet wins over a completion that waits for it`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      _ = try await JobQueue(connection).cancel(id)
      async let completed = worker.complete(job)
      while try await fixture.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 { await Task.yield() }
      try await connection.execute(script: "COMMIT")
      #expect(try await !completed)
      #expect(try await fixture.queue.state(of: id) == .cancelled)
      await connection.close()
    }
  }
}
