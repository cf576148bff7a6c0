import JSON
import Jobs
import Postgres
import Queue
import Testing

struct OutcomeTests {
  @Test func `a retryable error is tried again after a pause, until max_attempts failures`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep { $0.maxAttempts = 3 }
      let worker = try await fixture.worker()
      var states: [JobState?] = []
      for _ in 0..<3 {
        let job = try #require(await worker.claimSleep().first)
        states.append(try await worker.fail(job.attemptID, JobError(.internalError, "boom")))
        try await fixture.makeDue()
      }
      #expect(states == [.scheduled, .scheduled, .failed])
      let job = try #require(await fixture.queue.show(id))
      #expect(job.failures == 3 && job.attempt == 3 && job.error?["message"] == "boom")
      let pauses = "SELECT count(*) FROM quern.event WHERE type = 'retrying' AND (data ->> 'run_at')::timestamptz > at"
      #expect(try await fixture.number(pauses) == 2)
    }
  }

  @Test func `a permanent error is final at the first attempt`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      let error = JobError(.contextLengthExceeded, "600 tokens, the limit is 512", param: "prompt")
      #expect(try await worker.fail(job.attemptID, error) == .failed)
      #expect(try await fixture.queue.result(of: id)?["error"]?.canonicalText == error.json.canonicalText)
    }
  }

  @Test func `a release is neither a failure nor a loss, and the job can be claimed at once`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      #expect(try await worker.release([job.attemptID], reason: "drain") == [id])
      #expect(try await worker.release([job.attemptID], reason: "drain") == [])
      let again = try #require(await fixture.worker().claimSleep().first)
      #expect(again.attemptID.attempt == 2 && again.losses == 0)
      #expect(try await fixture.queue.show(id)?.failures == 0)
      #expect(try await fixture.queue.show(id)?.reason == nil)
    }
  }

  @Test func `deregistering gives back what is left`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      _ = try await worker.claimSleep()
      try await worker.deregister()
      #expect(try await fixture.queue.state(of: id) == .queued)
      #expect(try await worker.heartbeat([:]) == [.register])
    }
  }

  @Test func `a stale attempt can write nothing`() async throws {
    try await QueueFixture.run { fixture in
      try await fixture.submitSleep()
      let worker = try await fixture.worker()
      let stale = try #require(await worker.claimSleep().first)
      _ = try await worker.release([stale.attemptID], reason: "test")
      let current = try #require(await worker.claimSleep().first)
      #expect(current.id == stale.id)
      #expect(try await !worker.complete(stale))
      #expect(try await worker.fail(stale.attemptID, JobError(.internalError, "x")) == nil)
      #expect(try await worker.release([stale.attemptID], reason: "test").isEmpty)
      #expect(try await worker.heartbeat([stale.attemptID: 0, current.attemptID: 0]) == [.cancel(stale.attemptID)])
      #expect(try await worker.complete(current))
      _ = try await fixture.monitor.sweep()
      let fenced = try await fixture.monitor.metrics().first { $0.name == "quern_job_fenced_writes_total" }
      #expect(fenced?.value == 3)
    }
  }

  @Test func `the result, its attempt and its event come together`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      #expect(try await fixture.queue.result(of: id) == nil)
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      let completion = JobCompletion(job.attemptID, result: ["choices": [["text": "hi"]]], usage: ["total_tokens": 2])
      #expect(try await worker.complete([completion]) == [id])
      #expect(try await fixture.queue.text(of: id) == "hi")
      #expect(try await fixture.queue.show(id)?.usage?["total_tokens"] == 2)
      let types = try await fixture.client.query(
        "SELECT array_agg(type ORDER BY id) FROM quern.events WHERE job = \(id)"
      ).onlyRow.decode(0, as: [String].self)
      #expect(types == ["submitted", "claimed", "succeeded"])
      #expect(try await fixture.number("SELECT count(*) FROM quern.attempts WHERE outcome = 'succeeded'") == 1)
    }
  }

  @Test func `a finish goes to the day's table, which is made when it is missing`() async throws {
    try await QueueFixture.run { fixture in
      for table in ["finished_job", "attempt", "event"] {
        try await fixture.sql(
          """
          DO $$ BEGIN EXECUTE format('DROP TABLE quern.%I', '\(table)_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')); END $$
          """
        )
      }
      let id = try await fixture.submitSleep()
      let worker = try await fixture.worker()
      #expect(try await worker.complete(worker.claimSleep()[0]))
      #expect(try await fixture.queue.state(of: id) == .succeeded)
    }
  }
}
