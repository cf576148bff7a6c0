import JSON
import Jobs
import Postgres
import Queue
import Testing

struct CheckpointTests {
  @Test func `an attempt that stored a checkpoint fails and is lost without a count, and counts begin anew`()
    async throws
  {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining { $0.maxAttempts = 2 }
      let worker = try await fixture.trainer()
      let first = try #require(await worker.claimTraining())
      #expect(try await worker.fail(first.attemptID, JobError(.internalError, "boom")) == .scheduled)
      #expect(try await fixture.queue.show(id)?.failures == 1)
      try await fixture.makeDue()
      let second = try #require(await worker.claimTraining())
      #expect(try await worker.storeCheckpoint("one", step: 1, of: second.attemptID))
      #expect(try await fixture.queue.show(id)?.failures == 0)
      #expect(try await worker.fail(second.attemptID, JobError(.internalError, "boom")) == .scheduled)
      let waiting = try #require(await fixture.queue.show(id))
      #expect(waiting.failures == 0 && waiting.reason == "continues from step 1")
      #expect(waiting.progress == 0.1 && waiting.training == ["step": 1])
      try await fixture.makeDue()
      let third = try #require(await worker.claimTraining())
      #expect(try await worker.storeCheckpoint("two", step: 2, of: third.attemptID))
      try await fixture.endLease(of: worker)
      _ = try await fixture.monitor.sweep()
      #expect(try await fixture.number("SELECT losses FROM quern.job") == 0)
    }
  }

  @Test func `storing the same step again is no progress: an attempt that gets no further fails`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining { $0.maxAttempts = 1 }
      let worker = try await fixture.trainer()
      let first = try #require(await worker.claimTraining())
      #expect(try await worker.storeCheckpoint("one", step: 1, of: first.attemptID))
      _ = try await worker.release([first.attemptID], reason: "drain")
      let second = try #require(await worker.claimTraining())
      #expect(try await worker.storeCheckpoint("one again", step: 1, of: second.attemptID))
      #expect(try await worker.latestCheckpoint(of: second.attemptID)?.detail["text"] == "one again")
      #expect(try await worker.fail(second.attemptID, JobError(.internalError, "boom")) == .failed)
      #expect(try await fixture.queue.state(of: id) == .failed)
    }
  }

  @Test func `the youngest checkpoint is where another worker continues, also after a retry`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let first = try #require(await worker.claimTraining())
      #expect(try await worker.latestCheckpoint(of: first.attemptID) == nil)
      #expect(try await worker.storeCheckpoint("one", step: 1, of: first.attemptID))
      #expect(try await worker.storeCheckpoint("two", step: 2, of: first.attemptID, metric: 0.5))
      let permanent = JobError(.invalidValue, "diverged")
      #expect(try await worker.fail(first.attemptID, permanent) == .failed)
      #expect(try await fixture.queue.retry(id) == .queued)
      let other = try await fixture.trainer("other")
      let second = try #require(await other.claimTraining())
      let manifest = try #require(await other.latestCheckpoint(of: second.attemptID))
      #expect(manifest.step == 2 && manifest.attempt == 1 && manifest.metric == 0.5)
      #expect(manifest.kernelLevel == "portable")
      #expect(try await other.chunk(0, of: manifest.files[0], for: second.attemptID) == Array("two".utf8))
      #expect(try await other.chunk(1, of: manifest.files[0], for: second.attemptID) == nil)
    }
  }

  @Test func `pruning keeps the steps that are named, and deletes bytes that no checkpoint has any more`() async throws
  {
    try await QueueFixture.runTraining { fixture in
      _ = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      #expect(try await worker.storeCheckpoint("best", step: 1, of: attempt))
      #expect(try await worker.storeCheckpoint("shared", step: 2, of: attempt))
      #expect(try await worker.storeCheckpoint("shared", step: 3, of: attempt))
      #expect(try await fixture.number("SELECT count(*) FROM quern.checkpoint_chunk") == 2)
      #expect(try await worker.storeCheckpoint("last", step: 4, of: attempt, keeping: [1, 3]))
      let steps: [Int] = try await fixture.client.query("SELECT array_agg(step ORDER BY step) FROM quern.checkpoints")
        .onlyRow.decode(0)
      #expect(steps == [1, 3, 4])
      #expect(try await fixture.number("SELECT count(*) FROM quern.checkpoint_chunk") == 3)
      #expect(try await worker.storeCheckpoint("last", step: 5, of: attempt, keeping: []))
      #expect(try await fixture.number("SELECT count(*) FROM quern.checkpoint_chunk") == 1)
    }
  }

  @Test func `an attempt learns which steps are stored, whoever stored them`() async throws {
    try await QueueFixture.runTraining { fixture in
      _ = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let first = try #require(await worker.claimTraining()).attemptID
      for step in 1...3 { #expect(try await worker.storeCheckpoint("\(step)", step: step, of: first)) }
      _ = try await worker.release([first], reason: "drain")
      let second = try #require(await worker.claimTraining()).attemptID
      #expect(try await worker.storedSteps(of: second) == [1, 2, 3])
      #expect(try await worker.storedSteps(of: first).isEmpty)
    }
  }

  @Test func `checkpoints go when the job succeeds and stay when it is cancelled`() async throws {
    try await QueueFixture.runTraining { fixture in
      let worker = try await fixture.trainer()
      _ = try await fixture.submitTraining()
      let first = try #require(await worker.claimTraining())
      #expect(try await worker.storeCheckpoint("one", step: 1, of: first.attemptID))
      #expect(try await worker.complete(first))
      #expect(try await fixture.number("SELECT count(*) FROM quern.checkpoints") == 0)
      #expect(try await fixture.monitor.sweep()["chunks_swept"] == 1)
      let cancelled = try await fixture.submitTraining()
      let second = try #require(await worker.claimTraining())
      #expect(try await worker.storeCheckpoint("one", step: 1, of: second.attemptID))
      _ = try await fixture.queue.cancel(cancelled)
      _ = try await fixture.monitor.sweep()
      #expect(try await fixture.number("SELECT count(*) FROM quern.checkpoints") == 1)
      // Retention drops the job: what it stored goes with it.
      try await fixture.sql("DELETE FROM quern.finished_job")
      #expect(try await fixture.monitor.sweep()["chunks_swept"] == 1)
      #expect(try await fixture.number("SELECT count(*) FROM quern.checkpoint_chunk") == 0)
    }
  }

  @Test func `a stale attempt stores, logs and reads nothing`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let stale = try #require(await worker.claimTraining()).attemptID
      #expect(try await worker.storeCheckpoint("one", step: 1, of: stale))
      let manifest = try #require(await worker.latestCheckpoint(of: stale))
      _ = try await worker.release([stale], reason: "drain")
      _ = try #require(await worker.claimTraining())
      #expect(try await !worker.storeCheckpoint("two", step: 2, of: stale))
      #expect(try await !worker.record([JobNote("training_log", data: ["step": 2])], of: stale))
      #expect(try await worker.latestCheckpoint(of: stale) == nil)
      #expect(try await worker.chunk(0, of: manifest.files[0], for: stale) == nil)
      #expect(try await fixture.types(of: id) == ["submitted", "claimed", "checkpoint_saved", "released", "claimed"])
    }
  }

  @Test func `an upload that broke off is swept once its attempt is over`() async throws {
    try await QueueFixture.runTraining { fixture in
      _ = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      let manifest = try TextFile("half").manifest
      #expect(try await worker.put(Array("half".utf8), index: 0, of: manifest, for: attempt))
      #expect(try await fixture.monitor.sweep()["chunks_swept"] == 0)
      _ = try await worker.release([attempt], reason: "drain")
      #expect(try await fixture.monitor.sweep()["chunks_swept"] == 1)
    }
  }

  @Test func `a checkpoint whose files are not all there is refused`() async throws {
    try await QueueFixture.runTraining { fixture in
      _ = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      let checkpoint = NewCheckpoint(step: 1, files: [], kernelLevel: "portable")
      let error = await #expect(throws: QueueError.self) {
        try await worker.store(
          checkpoint,
          files: [TextFile("absent").manifest],
          progress: 0,
          training: [:],
          duration: .zero,
          of: attempt
        )
      }
      #expect(error?.refusal?.message.contains("store its chunks first") == true)
    }
  }

  @Test func `a stored checkpoint ends the ttl: what trains has started`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining { $0.ttl = .seconds(60) }
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      #expect(try await worker.storeCheckpoint("one", step: 1, of: attempt))
      _ = try await worker.release([attempt], reason: "drain")
      try await fixture.sql("UPDATE quern.job SET expires_at = expires_at - interval '1 day'")
      _ = try await fixture.monitor.sweep()
      #expect(try await fixture.queue.state(of: id) == .queued)
    }
  }
}
