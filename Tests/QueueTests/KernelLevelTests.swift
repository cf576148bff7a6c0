import JSON
import Jobs
import Postgres
import Queue
import Testing

/// Checkpoints and the instruction sets that they were computed with.
struct KernelLevelTests {
  @Test func `a worker is given no checkpoint that it cannot continue, and the job says what it waits for`()
    async throws
  {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let low = try await fixture.trainer("low"), high = try await fixture.trainer("high", kernelLevels: Self.high)
      let first = try #require(await high.claimTraining()).attemptID
      #expect(try await high.storeCheckpoint("one", step: 1, of: first, kernelLevel: "avx2"))
      _ = try await high.release([first], reason: "drain")
      #expect(try await low.claimTraining() == nil)
      #expect(try await fixture.queue.show(id)?.reason == "drain")
      try await high.deregister()
      #expect(
        try await fixture.queue.show(id)?.reason
          == "no live worker that offers kind train in queue default has the instruction set avx2 of its checkpoint"
      )
      #expect(try await low.claimTraining() == nil)
      let other = try await fixture.trainer("other", kernelLevels: Self.high)
      #expect(try await other.claimTraining()?.id == id)
    }
  }

  @Test func `a job without a checkpoint, and one of a lower instruction set, go to whoever asks`() async throws {
    try await QueueFixture.runTraining { fixture in
      _ = try await fixture.submitTraining()
      let low = try await fixture.trainer("low"), high = try await fixture.trainer("high", kernelLevels: Self.high)
      let first = try #require(await low.claimTraining()).attemptID
      #expect(try await low.storeCheckpoint("one", step: 1, of: first))
      _ = try await low.release([first], reason: "drain")
      #expect(try await high.claimTraining() != nil)
    }
  }

  @Test func `what cannot be taken hides nothing behind it, and the youngest checkpoint decides`() async throws {
    try await QueueFixture.runTraining { fixture in
      let important = try await fixture.submitTraining { $0.priority = 10 }
      let low = try await fixture.trainer("low"), high = try await fixture.trainer("high", kernelLevels: Self.high)
      let first = try #require(await high.claimTraining()).attemptID
      #expect(try await high.storeCheckpoint("one", step: 1, of: first, kernelLevel: "avx2"))
      _ = try await high.release([first], reason: "drain")
      let behind = try await fixture.submitTraining()
      #expect(try await low.claim([.train: 1], running: 0).map(\.id) == [behind])
      let second = try #require(await high.claimTraining()).attemptID
      #expect(second.job == important)
      // The same step again: no progress, and yet where the next attempt continues.
      #expect(try await high.storeCheckpoint("again", step: 1, of: second))
      _ = try await high.release([second], reason: "drain")
      #expect(try await low.claimTraining()?.id == important)
    }
  }

  @Test func `a retry continues where it can`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let low = try await fixture.trainer("low"), high = try await fixture.trainer("high", kernelLevels: Self.high)
      let first = try #require(await high.claimTraining()).attemptID
      #expect(try await high.storeCheckpoint("one", step: 1, of: first, kernelLevel: "avx2"))
      _ = try await fixture.queue.cancel(id)
      #expect(try await fixture.queue.retry(id) == .queued)
      #expect(try await low.claimTraining() == nil)
      #expect(try await high.claimTraining()?.id == id)
    }
  }

  private static let high = ["portable", "avx2"]
}
