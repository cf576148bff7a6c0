import JSON
import Jobs
import Postgres
import Queue
import Testing

struct AdjustmentTests {
  @Test func `a running job is told with each heartbeat until the change is in force`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let job = try #require(await worker.claimTraining())
      #expect(try await fixture.queue.adjust(id, ["lr": 0.5]) == .running)
      let told = [WorkerCommand.adjust(job.attemptID, JobAdjustment(sequence: 1, changes: ["learning_rate": 0.5]))]
      #expect(try await worker.heartbeat([job.attemptID: 0]) == told)
      #expect(try await worker.heartbeat([job.attemptID: 0]) == told)
      #expect(try await worker.markApplied([1], atStep: 3, of: job.attemptID))
      #expect(try await worker.heartbeat([job.attemptID: 0]) == [])
      #expect(
        try await fixture.types(of: id)
          == ["submitted", "claimed", "hyperparameter_changed", "hyperparameter_applied"]
      )
      let data: JSONValue = try await fixture.client.query(
        "SELECT data FROM quern.events WHERE type = 'hyperparameter_changed'"
      ).onlyRow.decode(0)
      #expect(data == ["seq": 1, "learning_rate": 0.5])
    }
  }

  @Test func `the next attempt learns all that was changed, and at which step`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      _ = try await fixture.queue.adjust(id, ["learning_rate": 0.5])
      let worker = try await fixture.trainer()
      let first = try #require(await worker.claimTraining())
      #expect(try await worker.markApplied([1], atStep: 0, of: first.attemptID))
      _ = try await fixture.queue.pause(id)
      _ = try await worker.release([first.attemptID], reason: "pause")
      #expect(try await fixture.queue.adjust(id, ["schedule": "cosine"]) == .paused)
      _ = try await fixture.queue.resume(id)
      let second = try #require(await worker.claimTraining())
      #expect(
        try await worker.adjustments(of: second.attemptID) == [
          JobAdjustment(sequence: 1, changes: ["learning_rate": 0.5], appliedStep: 0),
          JobAdjustment(sequence: 2, changes: ["schedule": "cosine"]),
        ]
      )
      #expect(try await worker.adjustments(of: first.attemptID).isEmpty)
      #expect(try await !worker.markApplied([2], atStep: 5, of: first.attemptID))
    }
  }

  @Test func `what the run cannot take is refused once, with the reason, and counts for nothing from then on`()
    async throws
  {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      _ = try await fixture.queue.adjust(id, ["learning_rate": 0.5])
      let worker = try await fixture.trainer()
      let first = try #require(await worker.claimTraining()).attemptID
      let reason = "learning_rate is 0.5, which this run cannot take"
      #expect(try await worker.refuse(1, atStep: 3, reason: reason, of: first))
      #expect(try await worker.refuse(1, atStep: 4, reason: reason, of: first))
      #expect(try await worker.heartbeat([first: 0]) == [])
      #expect(
        try await fixture.types(of: id)
          == ["submitted", "hyperparameter_changed", "claimed", "hyperparameter_refused"]
      )
      let shown: String = try await fixture.client.query("SELECT refusal FROM quern.adjustments").onlyRow.decode(0)
      #expect(shown == reason)
      // The schedule needs a learning rate, and the one that was refused is none.
      let refusal = await fixture.refusal { try await $0.adjust(id, ["schedule": "cosine"]) }
      #expect(refusal?.message.contains("needs a learning_rate") == true)
      _ = try await fixture.queue.adjust(id, ["learning_rate": 0.25])
      _ = try await worker.release([first], reason: "drain")
      let second = try #require(await worker.claimTraining()).attemptID
      #expect(
        try await worker.adjustments(of: second) == [JobAdjustment(sequence: 2, changes: ["learning_rate": 0.25])]
      )
      #expect(try await !worker.refuse(2, atStep: 3, reason: reason, of: first))
    }
  }

  @Test(
    arguments: [
      (["learning_rte": 0.1], "unknown_parameter", #"did you mean "learning_rate"?"#),
      (["steps": 5], "invalid_value", "these can: learning_rate, schedule"),
      (["learning_rate": 7], "invalid_value", "above 0, up to 1, not 7"),
      (["schedule": "cosine"], "invalid_value", "needs a learning_rate"),
      (["lr": 0.1, "learning_rate": 0.2], "invalid_value", "another name of"),
      ([:], "invalid_value", "an empty one"), ([1], "invalid_value", "an array of 1"),
    ] as [(JSONValue, String, String)]
  )
  func `a change that cannot be made is refused with what can`(changes: JSONValue, code: String, words: String)
    async throws
  {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let refusal = await fixture.refusal { try await $0.adjust(id, changes) }
      #expect(refusal?.code == code && refusal?.message.contains(words) == true, "\(String(describing: refusal))")
      #expect(try await fixture.number("SELECT count(*) FROM quern.adjustments") == 0)
    }
  }

  @Test func `kinds without adjustable parameters, finished jobs and unknown ones refuse`() async throws {
    try await QueueFixture.runTraining { fixture in
      let sleep = try await fixture.submitSleep()
      let refusal = await fixture.refusal { try await $0.adjust(sleep, ["seconds": 1]) }
      #expect(refusal?.code == "invalid_state" && refusal?.message.contains(#"kind "sleep""#) == true)
      let id = try await fixture.submitTraining()
      _ = try await fixture.queue.cancel(id)
      let late = await fixture.refusal { try await $0.adjust(id, ["learning_rate": 0.5]) }
      #expect(late?.code == "invalid_state" && late?.message.contains("is cancelled") == true)
      let unknown = await fixture.refusal { try await $0.adjust(JobID(rawValue: 1 << 40), ["learning_rate": 0.5]) }
      #expect(unknown?.code == "job_not_found")
    }
  }

  @Test func `rules hold for the sum of all changes, and what is in doubt waits for the one before`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      _ = try await JobQueue(connection).adjust(id, ["learning_rate": 0.5])
      async let second = fixture.queue.adjust(id, ["schedule": "cosine"])
      try await fixture.waitForLockWaiter()
      try await connection.execute(script: "COMMIT")
      #expect(try await second == .queued)
      #expect(try await fixture.number("SELECT max(seq) FROM quern.adjustments") == 2)
      await connection.close()
    }
  }
}
