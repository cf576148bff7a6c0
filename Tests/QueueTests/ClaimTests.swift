import JSON
import Jobs
import Postgres
import Queue
import Testing

struct ClaimTests {
  @Test func `higher priority first, then the order of submission`() async throws {
    try await QueueFixture.run { fixture in
      let low = try await fixture.submitSleep()
      let high = try await fixture.submitSleep { $0.priority = 5 }
      let next = try await fixture.submitSleep()
      #expect(try await fixture.worker().claimSleep().map(\.id) == [high, low, next])
    }
  }

  @Test func `each kind is claimed up to its own capacity, in the worker's queues only`() async throws {
    try await QueueFixture.run { fixture in
      for _ in 0..<5 { try await fixture.submitSleep() }
      let other = try await fixture.submitSleep { $0.queue = "other" }
      let generate = try await fixture.queue.submit(
        Submission(kind: .generate, parameters: ["model": "stories", "prompt": "a"])
      )
      let worker = try await fixture.worker()
      let claimed = try await worker.claim([.sleep: 2, .generate: 1], running: 0)
      #expect(claimed.filter { $0.kind == .sleep }.count == 2)
      #expect(claimed.map(\.id).contains(generate) && !claimed.map(\.id).contains(other))
      #expect(claimed.allSatisfy { $0.attemptID.attempt == 1 && !$0.isAlone })
    }
  }

  @Test func `concurrent workers never get the same job`() async throws {
    try await QueueFixture.run { fixture in
      let bodies = [JSONValue](repeating: ["seconds": 0], count: 400)
      _ = try await fixture.queue.submit(Submission(kind: .sleep, parameters: [:]), forEach: bodies)
      let claimed = try await withThrowingTaskGroup(of: [JobID].self) { group in
        for _ in 0..<4 {
          group.addTask {
            let worker = try await fixture.worker()
            var ids: [JobID] = []
            while case let jobs = try await worker.claimSleep(7), !jobs.isEmpty {
              ids += jobs.map(\.id)
              _ = try await worker.complete(jobs.map { JobCompletion($0.attemptID, result: [:]) })
            }
            return ids
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(claimed.count == 400 && Set(claimed).count == 400)
      #expect(try await fixture.number("SELECT count(*) FROM quern.finished_job WHERE state = 'succeeded'") == 400)
    }
  }

  @Test func `an expired lease is taken by the next claim`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let first = try await fixture.worker()
      let lost = try #require(await first.claimSleep().first)
      try await fixture.endLease(of: first)
      let second = try await fixture.worker()
      let again = try #require(await second.claimSleep().first)
      #expect(again.id == id && again.attemptID.attempt == 2 && again.losses == 1 && !again.isAlone)
      #expect(try await !first.complete(lost))
      #expect(try await first.heartbeat([lost.attemptID: 0]) == [.register])
      #expect(try await first.claimSleep().isEmpty)
      #expect(try await second.complete(again))
      #expect(try await fixture.queue.show(id)?.failures == 0)
    }
  }

  @Test func `a late heartbeat keeps the attempts that nobody took`() async throws {
    try await QueueFixture.run { fixture in
      try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      try await fixture.endLease(of: worker)
      #expect(try await worker.heartbeat([job.attemptID: 0.5]) == [])
      try await fixture.sql("UPDATE quern.worker SET lease_until = now() + interval '1 minute'")
      #expect(try await fixture.queue.show(job.id)?.progress == 0.5)
      #expect(try await worker.complete(job))
    }
  }

  @Test func `leases do not run while the database is down`() async throws {
    try await QueueFixture.run { fixture in
      let isOver = try await fixture.number(
        """
        SELECT quern.lease_over(now() - interval '1 year',
          clock_timestamp() - pg_postmaster_start_time() + interval '1 minute')::int::bigint
        """
      )
      #expect(isOver == 0)
    }
  }

  @Test func `an attempt whose claim's answer was lost goes back after a lease`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      _ = try await worker.claimSleep()
      #expect(try await worker.heartbeat([:]) == [])
      #expect(try await fixture.queue.state(of: id) == .running)
      try await fixture.sql("UPDATE quern.job SET started_at = now() - interval '1 hour'")
      #expect(try await worker.heartbeat([:]) == [])
      #expect(try await fixture.queue.state(of: id) == .queued)
    }
  }
}

struct AloneTests {
  /// Loses the job as often as asked.
  private func lose(_ times: Int, _ fixture: QueueFixture) async throws {
    for _ in 0..<times {
      let worker = try await fixture.worker()
      let claimed = try await worker.claimSleep(1)
      #expect(claimed.count == 1)
      try await fixture.endLease(of: worker)
    }
    _ = try await fixture.monitor.sweep()
  }

  @Test func `a job lost twice is given alone, and its worker gets nothing else`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      try await lose(2, fixture)
      let other = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let claimed = try await worker.claimSleep()
      #expect(claimed.map(\.id) == [id] && claimed[0].isAlone)
      #expect(try await worker.claimSleep(running: 1).isEmpty)
      #expect(try await fixture.worker().claimSleep().map(\.id) == [other])
      #expect(try await worker.complete(claimed[0]))
    }
  }

  @Test func `a worker that holds others stops at such a job, and takes it when it is empty`() async throws {
    try await QueueFixture.run { fixture in
      let first = try await fixture.submitSleep { $0.priority = 1 }
      let alone = try await fixture.submitSleep { $0.priority = 2 }
      try await lose(2, fixture)
      let behind = try await fixture.submitSleep()
      try await fixture.sql("UPDATE quern.job SET priority = 0 WHERE id = \(alone)")
      let worker = try await fixture.worker()
      let claimed = try await worker.claimSleep()
      #expect(claimed.map(\.id) == [first])
      #expect(try await worker.claimSleep(running: 1).isEmpty)
      #expect(try await worker.complete(claimed[0]))
      let next = try await worker.claimSleep()
      #expect(next.map(\.id) == [alone])
      #expect(try await worker.complete(next[0]))
      #expect(try await worker.claimSleep().map(\.id) == [behind])
    }
  }

  @Test func `three losses in a row while alone end it`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      try await lose(5, fixture)
      let job = try #require(await fixture.queue.show(id))
      #expect(job.state == .failed && job.attempt == 5 && job.failures == 0)
      #expect(job.error?["code"] == "worker_lost")
      let lost = "SELECT count(*) FROM quern.attempt WHERE outcome = 'lost'"
      #expect(try await fixture.number(lost) == 5)
      #expect(try await fixture.queue.retry(id) == .queued)
      #expect(try await fixture.worker().claimSleep().first?.isAlone == false)
    }
  }

  @Test func `an attempt that ends by itself breaks the row of losses`() async throws {
    try await QueueFixture.run { fixture in
      try await fixture.submitSleep()
      try await lose(1, fixture)
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      #expect(job.losses == 1)
      #expect(try await worker.fail(job.attemptID, JobError(.internalError, "x"), retryAfter: .zero) == .queued)
      #expect(try await worker.claimSleep().first?.losses == 0)
    }
  }
}
