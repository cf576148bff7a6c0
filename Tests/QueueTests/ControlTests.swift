import FoundationEssentials
import JSON
import Jobs
import Postgres
import Queue
import Testing

struct ControlTests {
  @Test func `a queued job is paused at once, is not claimed, and is claimable when it is resumed`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      #expect(try await fixture.queue.pause(id) == .paused)
      let worker = try await fixture.worker()
      #expect(try await worker.claimSleep().isEmpty)
      #expect(try await fixture.queue.resume(id) == .queued)
      #expect(try await worker.claimSleep().map(\.id) == [id])
      #expect(try await fixture.types(of: id) == ["submitted", "paused", "resumed", "claimed"])
    }
  }

  @Test func `a scheduled job that is paused does not become due, and is scheduled again when it is resumed in time`()
    async throws
  {
    try await QueueFixture.run { fixture in
      let early = try await fixture.submitSleep { $0.runAt = Date(timeIntervalSinceNow: 3600) }
      let late = try await fixture.submitSleep { $0.runAt = Date(timeIntervalSinceNow: 3600) }
      for id in [early, late] { #expect(try await fixture.queue.pause(id) == .paused) }
      #expect(try await fixture.queue.resume(early) == .scheduled)
      try await fixture.makeDue()
      _ = try await fixture.monitor.sweep()
      #expect(try await fixture.queue.state(of: early) == .queued)
      #expect(try await fixture.queue.state(of: late) == .paused)
      #expect(try await fixture.queue.resume(late) == .queued)
    }
  }

  @Test func `a running job says running until its worker has handed it back, which is no failure`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      #expect(try await fixture.queue.pause(id) == .running)
      let pausing = try #require(await fixture.queue.show(id))
      #expect(pausing.state == .running && pausing.reason == "pausing")
      #expect(try await worker.heartbeat([job.attemptID: 0]) == [.pause(job.attemptID)])
      #expect(try await worker.release([job.attemptID], reason: "pause") == [id])
      let paused = try #require(await fixture.queue.show(id))
      #expect(paused.state == .paused && paused.failures == 0 && paused.reason == nil && paused.worker == nil)
      #expect(try await fixture.queue.resume(id) == .queued)
      let again = try #require(await worker.claimSleep().first)
      #expect(again.attemptID.attempt == 2 && again.losses == 0)
    }
  }

  @Test func `a pause that nobody obeyed yet can be withdrawn`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      _ = try await fixture.queue.pause(id)
      #expect(try await fixture.queue.resume(id) == .running)
      #expect(try await worker.heartbeat([job.attemptID: 0]) == [])
      // One that obeyed all the same only gives the job back.
      _ = try await worker.release([job.attemptID], reason: "pause")
      #expect(try await fixture.queue.state(of: id) == .queued)
    }
  }

  @Test(arguments: ["lost", "failed", "deregistered"])
  func `a job that is pausing is paused however its attempt ends, unless it is over`(ending: String) async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      _ = try await fixture.queue.pause(id)
      switch ending {
      case "lost":
        try await fixture.endLease(of: worker)
        _ = try await fixture.monitor.sweep()
      case "failed": #expect(try await worker.fail(job.attemptID, JobError(.internalError, "boom")) == .paused)
      default: try await worker.deregister()
      }
      #expect(try await fixture.queue.state(of: id) == .paused)
      #expect(try await fixture.worker().claimSleep().isEmpty)
      #expect(try await fixture.queue.cancel(id) == .cancelled)
    }
  }

  @Test func `what does not apply is refused clearly`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      #expect(await fixture.refusal { try await $0.resume(id) }?.message.contains("is queued") == true)
      _ = try await fixture.queue.pause(id)
      #expect(await fixture.refusal { try await $0.pause(id) }?.message.contains("is paused") == true)
      _ = try await fixture.queue.resume(id)
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      _ = try await fixture.queue.pause(id)
      #expect(await fixture.refusal { try await $0.pause(id) }?.message.contains("is pausing already") == true)
      #expect(try await worker.complete(job))
      for call in [fixture.queue.pause, fixture.queue.resume] as [(JobID) async throws(QueueError) -> JobState] {
        let refusal = await fixture.refusal { _ in try await call(id) }
        #expect(refusal?.code == "invalid_state" && refusal?.sqlState == "22023")
        #expect(refusal?.message.contains("is succeeded") == true)
      }
      #expect(await fixture.refusal { try await $0.pause(JobID(rawValue: 1 << 40)) }?.code == "job_not_found")
    }
  }

  @Test func `a completion that is not committed yet wins over a pause that waits for it`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      #expect(try await WorkerSession(id: worker.id, connection).complete(job))
      async let refusal = fixture.refusal { try await $0.pause(id) }
      try await fixture.waitForLockWaiter()
      try await connection.execute(script: "COMMIT")
      #expect(await refusal?.code == "invalid_state")
      #expect(try await fixture.queue.state(of: id) == .succeeded)
      await connection.close()
    }
  }

  @Test func `a pause that is not committed yet is obeyed by a release that waits for it`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      #expect(try await JobQueue(connection).pause(id) == .running)
      async let released = worker.release([job.attemptID], reason: "drain")
      try await fixture.waitForLockWaiter()
      try await connection.execute(script: "COMMIT")
      #expect(try await released == [id])
      #expect(try await fixture.queue.state(of: id) == .paused)
      await connection.close()
    }
  }

  @Test func `a claim passes by a job that is just being paused`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      #expect(try await JobQueue(connection).pause(id) == .paused)
      let worker = try await fixture.worker()
      #expect(try await worker.claimSleep().isEmpty)
      try await connection.execute(script: "COMMIT")
      #expect(try await worker.claimSleep().isEmpty)
      await connection.close()
    }
  }

  @Test func `a cancel that is not committed yet wins over a resume that waits for it`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      _ = try await fixture.queue.pause(id)
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      _ = try await JobQueue(connection).cancel(id)
      async let refusal = fixture.refusal { try await $0.resume(id) }
      try await fixture.waitForLockWaiter()
      try await connection.execute(script: "COMMIT")
      #expect(await refusal?.message.contains("is cancelled") == true)
      await connection.close()
    }
  }

  @Test func `a claim does not walk over paused jobs`() async throws {
    try await QueueFixture.run { fixture in
      for _ in 0..<20 { _ = try await fixture.queue.pause(fixture.submitSleep()) }
      let connection = try await fixture.connection()
      try await connection.execute(script: "SET enable_seqscan = off")
      let plan = try await connection.query(
        """
        EXPLAIN (COSTS off) SELECT FROM quern.job AS j
        WHERE j.parked AND j.paused_from IS NULL AND j.run_at <= now() AND j.state = 'scheduled' ORDER BY j.run_at LIMIT 1000
        """
      ).map { try $0.decode(0, as: String.self) }
      await connection.close()
      #expect(plan.contains { $0.contains("job_due") })
      #expect(try await fixture.number("SELECT count(*) FROM quern.job WHERE parked AND paused_from IS NULL") == 0)
    }
  }
}

extension QueueFixture {
  func waitForLockWaiter() async throws {
    while try await number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 { await Task.yield() }
  }
}
