import Foundation
import Glibc
import JSON
import Jobs
import Postgres
import Queue
import SharedTestData
import Testing

extension RecoveryTests {
  @Suite(.needsSharedData) struct `A fine-tune that is stopped` {
    /// A step is a whole epoch, which takes seconds.
    private static let longSteps: JSONValue = [
      "model": "stories", "dataset": "plays", "r": 4, "lora_dropout": 0.1, "target_modules": "all-linear",
      "learning_rate": 0.002, "max_steps": 3, "per_device_train_batch_size": 2, "gradient_accumulation_steps": 10_000,
      "max_length": 128, "save_steps": 1, "save_total_limit": 3, "logging_steps": 1,
    ]
    private static let shortSteps: JSONValue = [
      "model": "stories", "dataset": "plays", "r": 4, "max_steps": 40, "per_device_train_batch_size": 2,
      "max_length": 128, "save_steps": 1, "save_total_limit": 3, "logging_steps": 10,
    ]

    @Test func `within a step that takes longer than the drain gives it up, and ends elsewhere with the same bytes`()
      async throws
    {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        try await rig.importPlays(characters: 150_000)
        let stopped = try await rig.finetune(Self.longSteps, named: "stopped")
        let worker = try rig.worker("first", ["--drain-limit", "1", "--threads", "1"])
        try await rig.waitForEvent("checkpoint_saved", stopped)
        try await Task.sleep(for: .milliseconds(500))
        let start = ContinuousClock.now
        worker.send(SIGTERM)
        #expect(try await worker.waitUntilEnded() == .exited(0))
        let drained = ContinuousClock.now - start
        Report.say("fine-tune with long steps: drained in \(drained)")
        #expect(drained < .seconds(3))
        // Stored again, of the last whole step.
        let step = "SELECT max(step) FROM quern.checkpoint WHERE job = \(stopped.rawValue)"
        #expect(try await rig.number(step) == 1)
        #expect(try await rig.eventCount("checkpoint_saved", stopped) == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: rig.directory + "/run").isEmpty)
        _ = try rig.worker("second")
        let calm = try await rig.finetune(Self.longSteps, named: "calm")
        try await rig.waitUntilFinished(within: .seconds(300))
        let job = try await rig.job(stopped)
        #expect(job.state == .succeeded && job.attempt == 2 && job.failures == 0, "\(job.error?.text ?? "")")
        #expect(try await rig.job(calm).attempt == 1)
        let weights = try await (rig.adapterWeights("stopped"), rig.adapterWeights("calm"))
        #expect(weights.0 == weights.1)
      }
    }

    @Test func `by a cancel within a step leaves its slot at once`() async throws {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        try await rig.importPlays(characters: 300_000)
        _ = try rig.worker("w", ["--threads", "1"])
        let cancelled = try await rig.finetune(Self.longSteps, named: "cancelled")
        try await rig.waitForEvent("probed", cancelled)
        try await Task.sleep(for: .milliseconds(500))
        let next = try await rig.finetune(Self.shortSteps, named: "next", ["dry_run": true])
        try await rig.quern("cancel", "\(cancelled.rawValue)")
        let start = ContinuousClock.now
        try await rig.waitForEvent("claimed", next)
        let waited = ContinuousClock.now - start
        Report.say("fine-tune cancelled within a step: the slot was free after \(waited)")
        #expect(waited < .seconds(2))
        #expect(try await rig.job(cancelled).state == .cancelled)
      }
    }

    @Test func `goes on where its instruction set is, at the level of its checkpoint, and keeps as many as it may`()
      async throws
    {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        try await rig.importPlays()
        let id = try await rig.finetune(Self.shortSteps, named: "moved")
        let first = try rig.worker("first", ["--kernels", "portable"])
        try await rig.waitForEvent("checkpoint_saved", id, count: 4)
        first.send(SIGTERM)
        _ = try await first.waitUntilEnded()
        let second = try rig.worker("second")
        let stored = try await rig.eventCount("checkpoint_saved", id)
        try await rig.waitForEvent("checkpoint_saved", id, count: stored + 1)
        second.send(SIGTERM)
        _ = try await second.waitUntilEnded()
        let checkpoints = try await rig.query(
          "SELECT array_agg(DISTINCT kernel_level), count(*)::int FROM quern.checkpoint WHERE job = \(id.rawValue)"
        ).onlyRow
        #expect(try checkpoints.decode(0, as: [String].self) == ["portable"])
        #expect(try checkpoints.decode(1, as: Int32.self) == 3)
        // What this processor would have made, were it another one's.
        _ = try await rig.query("UPDATE quern.job SET checkpoint_level = 'avx512bf17'")
        _ = try rig.worker("third")
        try await rig.waitUntilLive("third")
        try await Task.sleep(for: .seconds(1))
        let waiting = try await rig.job(id)
        #expect(waiting.state == .queued && waiting.reason?.contains("the instruction set avx512bf17") == true)
        _ = try await rig.query("UPDATE quern.job SET checkpoint_level = 'portable'")
        try await rig.waitUntilFinished()
        #expect(try await rig.job(id).state == .succeeded)
      }
    }
  }
}
