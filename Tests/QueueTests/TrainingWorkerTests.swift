import Foundation
import JSON
import Jobs
import Logging
import Postgres
import PostgresTestSupport
import Queue
import Telemetry
import Testing

/// A real worker with a pretend trainer.
struct TrainingWorkerTests {
  @Test func `a pause stores a checkpoint, and a resume goes on from there`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining(steps: 60)
      try await fixture.withWorker("w") {
        try await fixture.wait(for: id, "claimed")
        #expect(try await fixture.queue.pause(id) == .running)
        try await fixture.wait(for: id, "paused")
        let paused = try #require(await fixture.queue.show(id))
        let step = try #require(paused.training?["step"]?.integer)
        #expect(paused.failures == 0 && paused.progress == Float(step) / 60)
        #expect(try await fixture.number("SELECT step FROM quern.checkpoints WHERE job = \(id)") == step)
        #expect(try await fixture.queue.resume(id) == .queued)
        try await fixture.wait(for: id, "succeeded")
        let job = try #require(await fixture.queue.show(id))
        #expect(job.attempt == 2 && job.failures == 0)
        #expect(job.result?["rates"]?.array?.count == 60)
        #expect(try await fixture.types(of: id).contains("pause_requested"))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.scratch).isEmpty)
    }
  }

  @Test func `a drain stores a checkpoint at once, and another worker ends with what one alone would have`()
    async throws
  {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining(steps: 200)
      try await fixture.withWorker("first") { try await fixture.wait(for: id, "checkpoint_saved") }
      let waiting = try #require(await fixture.queue.show(id))
      #expect(waiting.state == .queued && waiting.failures == 0)
      let released: JSONValue = try await fixture.client.query(
        "SELECT data FROM quern.events WHERE job = \(id) AND type = 'released'"
      ).onlyRow.decode(0)
      #expect(released["reason"] == "drain")
      let step = try #require(waiting.training?["step"]?.integer)
      #expect(step < 200)
      #expect(try await fixture.number("SELECT max(step) FROM quern.checkpoints") == step)
      try await fixture.withWorker("second") { try await fixture.wait(for: id, "succeeded") }
      #expect(try await fixture.queue.result(of: id)?["rates"] == .array(Array(repeating: 0.1, count: 200)))
    }
  }

  @Test func `what is being stored when the drain's limit passes arrives`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining()
      try await fixture.withWorker("w", SlowRegistrar(), drainLimit: .milliseconds(100)) {
        try await fixture.wait(for: id, "claimed")
        try await Task.sleep(for: .milliseconds(200))
      }
      #expect(try await fixture.queue.state(of: id) == .succeeded)
    }
  }

  @Test func `what an attempt reads elsewhere waits for a database that is away`() async throws {
    try await QueueFixture.run { fixture in
      let attempt = JobAttempt(
        AttemptID(job: JobID(rawValue: 1), attempt: 1),
        try await fixture.worker(),
        scratch: ScratchSpace(in: fixture.scratch)
      )
      var failures = 2
      let answer = try await attempt.insisting {
        failures -= 1
        if failures >= 0 { throw PostgresError.connection("away") }
        return 7
      }
      #expect(answer == 7)
      await #expect(throws: PostgresError.self) {
        try await attempt.insisting { throw PostgresError.decoding(column: "c", expected: "e", actual: nil) }
      }
    }
  }

  @Test func `an adjustment is in force from a step on, and an attempt that begins before that step replays it there`()
    async throws
  {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining(steps: 150)
      try await fixture.withWorker("w", PretendTrainer(saveSteps: 20)) {
        try await fixture.wait(for: id, "checkpoint_saved")
        #expect(try await fixture.queue.adjust(id, ["learning_rate": 0.5]) == .running)
        try await fixture.wait(for: id, "hyperparameter_applied")
        // The worker is taken for lost: what it did since its last checkpoint is done again.
        try await fixture.sql(
          "UPDATE quern.worker SET lease_until = now() - interval '1 year', lease = '1 microsecond'"
        )
        try await fixture.wait(for: id, "succeeded")
      }
      let applied = try await fixture.number("SELECT applied_step FROM quern.adjustments")
      let rates = try #require(await fixture.queue.result(of: id)?["rates"]?.array).compactMap(\.double)
      #expect(rates == Array(repeating: 0.1, count: applied) + Array(repeating: 0.5, count: 150 - applied))
      #expect(try await fixture.types(of: id).contains("lost"))
      #expect(try await fixture.queue.show(id)?.failures == 0)
    }
  }

  @Test func `a pause that is withdrawn at once leaves the job running or queued, never paused`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining(steps: 100)
      try await fixture.withWorker("w") {
        try await fixture.wait(for: id, "claimed")
        for _ in 0..<3 {
          _ = try await fixture.queue.pause(id)
          #expect(try await [.running, .queued].contains(fixture.queue.resume(id)))
        }
        try await fixture.wait(for: id, "succeeded")
      }
      #expect(try await fixture.queue.result(of: id)?["rates"]?.array?.count == 100)
    }
  }

  @Test func `a job of a kind without checkpoints is stopped and paused, and its slot is free`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitSleep()
      try await fixture.withWorker("w") {
        try await fixture.wait(for: id, "claimed")
        _ = try await fixture.queue.pause(id)
        try await fixture.wait(for: id, "paused")
        #expect(try await fixture.number("SELECT cardinality(held) FROM quern.worker") == 0)
      }
      #expect(try await fixture.queue.show(id)?.failures == 0)
    }
  }

  @Test func `a cancelled training stops, and what it stored is kept for a retry`() async throws {
    try await QueueFixture.runTraining { fixture in
      let id = try await fixture.submitTraining(steps: 100)
      try await fixture.withWorker("w") {
        try await fixture.wait(for: id, "checkpoint_saved")
        _ = try await fixture.queue.cancel(id)
        let events = try await fixture.number("SELECT count(*) FROM quern.events WHERE job = \(id)")
        #expect(try await fixture.number("SELECT count(*) FROM quern.checkpoints") == 1)
        #expect(try await fixture.queue.retry(id) == .queued)
        try await fixture.wait(for: id, "succeeded")
        let early = """
          SELECT count(*) FROM (SELECT type, row_number() OVER (ORDER BY id) AS place FROM quern.events WHERE job = \(id)) AS e
          WHERE e.place = \(events + 1) AND e.type = 'retried'
          """
        #expect(try await fixture.number(early) == 1)
      }
      #expect(try await fixture.queue.result(of: id)?["rates"]?.array?.count == 100)
    }
  }
}

extension QueueFixture {
  /// Where workers of this database download to.
  fileprivate var scratch: String { "/tmp/quern-test-scratch-\(configuration.database ?? "")" }

  /// Runs a worker while `body` runs, and drains it.
  fileprivate func withWorker(
    _ name: String,
    _ runner: some JobRunner = PretendTrainer(),
    drainLimit: Duration = .seconds(30),
    _ body: () async throws -> Void
  ) async throws {
    let listener = PostgresListener(configuration, channels: Worker.channels, logger: .silent)
    let worker = Worker(
      WorkerConfiguration(
        name: name,
        host: "h",
        pid: 1,
        version: "0",
        slots: [.train: 1, .sleep: 1],
        drainLimit: drainLimit,
        pollInterval: .milliseconds(50),
        scratchDirectory: scratch
      ),
      database: client,
      listener: listener,
      runner: runner,
      metrics: WorkerMetrics(MetricsRegistry()),
      databaseProgress: ProgressSource(name: "database"),
      logger: .silent
    )
    async let _ = listener.run()
    async let working: Void = worker.run()
    try await body()
    try await sql("SELECT quern.drain_worker(id) FROM quern.worker WHERE name = '\(name)' AND state = 'live'")
    try await working
  }

  /// Waits for the first event of this type.
  fileprivate func wait(for id: JobID, _ type: String) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while try await !types(of: id).contains(type) {
      guard ContinuousClock.now < end else {
        Issue.record("no event \(type) of job \(id) within 20 s: \(try await types(of: id))")
        throw CancellationError()
      }
      try await Task.sleep(for: .milliseconds(2))
    }
  }
}

/// Stores what it made for longer than a drain waits.
private struct SlowRegistrar: JobRunner {
  let checkpointingKinds: Set<JobKind> = [.train]

  func run(_ job: ClaimedJob, attempt: JobAttempt) async throws(JobError) -> JobEnding {
    do {
      return try await attempt.storing {
        try await Task.sleep(for: .seconds(1))
        return .succeeded(JobOutput(result: [:]))
      }
    } catch {
      throw JobError(.cancelled, "cut off")
    }
  }
}
