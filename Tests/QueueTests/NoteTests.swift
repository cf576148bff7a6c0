import JSON
import Jobs
import Logging
import Postgres
import PostgresTestSupport
import Privacy
import Queue
import Synchronization
import Telemetry
import Testing

struct NoteTests {
  @Test func `notes are events of the attempt, in their order`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      let notes = [
        JobNote("training_log", data: ["step": 1, "loss": 2.5]),
        JobNote("gradient_alarm", level: .warning, data: ["grad_norm": 340, "mode": "full"], message: "too steep"),
      ]
      #expect(try await worker.record(notes, of: attempt))
      let rows = try await fixture.client.query(
        "SELECT type, data, attempt FROM quern.events WHERE job = \(id) ORDER BY id OFFSET 2"
      )
      let first: JSONValue = ["step": 1, "loss": 2.5, "level": "info"]
      let second: JSONValue = ["grad_norm": 340, "mode": "full", "level": "warning", "message": "too steep"]
      #expect(try rows[0].decode("data", as: JSONValue.self).canonicalText == first.canonicalText)
      #expect(try rows[1].decode("type", as: String.self) == "gradient_alarm")
      #expect(try rows[1].decode("data", as: JSONValue.self).canonicalText == second.canonicalText)
    }
  }

  @Test(
    arguments: [
      JobNote("succeeded"), JobNote("checkpoint_saved", data: ["step": 1]), JobNote("Training log"),
      JobNote("sample", data: ["text": "Once upon a time"]), JobNote("sample", data: ["rows": [1]]),
      JobNote("sample", data: ["mail": "ann@example.com"]),
    ]
  )
  func `types of the queue's own and data with content are refused, all or none`(note: JobNote) async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      let error = await #expect(throws: QueueError.self) {
        try await worker.record([JobNote("training_log", data: ["step": 1]), note], of: attempt)
      }
      #expect(error?.refusal?.code == "invalid_value")
      #expect(try await fixture.types(of: id) == ["submitted", "claimed"])
    }
  }

  @Test func `the journal tells the numbers of a note, and its message only redacted`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      let notes = [
        JobNote("training_log", data: ["step": 10, "loss": 2.5]),
        JobNote("loss_diverged", level: .error, data: ["step": 11], message: "ask ann.miller@example.com"),
      ]
      #expect(try await worker.record(notes, of: attempt))
      #expect(try await worker.storeCheckpoint("one", step: 11, of: attempt))
      _ = try await fixture.queue.adjust(id, ["learning_rate": 0.5])
      let sink = MemorySink()
      let journal = EventJournal(
        events: EventReader(name: "journal", fixture.client),
        sink: sink,
        written: sink,
        gate: ContentGate(),
        policy: .redacted,
        redactions: RedactionMetrics(MetricsRegistry()),
        times: EventTimes(MetricsRegistry()),
        progress: ProgressSource(name: "database"),
        logger: .silent
      )
      async let _ = journal.run()
      while sink.entries.last?.messageID != .hyperparameterChanged { try await Task.sleep(for: .milliseconds(2)) }
      let entries = sink.entries.suffix(4)
      #expect(
        entries.map(\.message.description) == [
          "job \(id) training_log: loss 2.5, step 10",
          "job \(id) loss_diverged: step 11: ask <EMAIL>",
          "job \(id) checkpoint_saved: bytes 3, step 11",
          "job \(id) hyperparameter_changed: learning_rate 0.5, seq 1",
        ]
      )
      #expect(entries.map(\.messageID) == [.jobProgress, .lossDiverged, .checkpointSaved, .hyperparameterChanged])
      #expect(entries.map(\.priority) == [.information, .error, .information, .information])
    }
  }

  @Test func `metrics tell what runs, and what was counted`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      var status = TrainingStatus()
      status.step = 3
      status.steps = 10
      status.loss = 2.5
      status.evalLoss = .nan
      _ = try await worker.heartbeat([attempt: 0.3], training: [attempt: status])
      #expect(try await worker.storeCheckpoint("one", step: 3, of: attempt))
      _ = try await fixture.queue.adjust(id, ["learning_rate": 0.5])
      let job = try #require(await fixture.queue.show(id))
      #expect(job.progress == 0.3)
      #expect(job.training?.canonicalText == status.json.canonicalText)
      func training() async throws -> [String: Double] {
        var values: [String: Double] = [:]
        for metric in try await fixture.monitor.metrics() where metric.name.hasPrefix("quern_train") {
          #expect(metric.labels == ["job": "\(id)"] || metric.labels == ["kind": "train"])
          values[metric.name] = metric.value
        }
        return values
      }
      let totals = ["quern_train_checkpoints_total": 1.0, "quern_train_hyperparameter_changes_total": 1]
      let running = ["quern_train_step": 3.0, "quern_train_steps_planned": 10, "quern_train_loss": 2.5]
      #expect(try await training() == totals.merging(running) { $1 })
      _ = try await fixture.queue.cancel(id)
      #expect(try await training() == totals)
    }
  }
}

/// A journal in memory.
private final class MemorySink: JournalSink, JournalReader {
  private let state = Mutex<[JournalEntry]>([])

  var entries: [JournalEntry] { state.withLock { $0 } }

  func write(_ entries: [JournalEntry]) { state.withLock { $0 += entries } }
  func synchronize() {}
  func eventIDs(above lastEventID: Int64, since: UInt64, of instance: Identifier) -> Set<Int64> { [] }
  func records(ofJob job: Int64, of instance: Identifier?, after cursor: String?) -> [JournalRecord] { [] }
}
