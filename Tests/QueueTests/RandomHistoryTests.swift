import JSON
import Jobs
import Postgres
import Queue
import Testing

/// Random histories of everything that can happen to jobs, checked against what must always hold.
struct RandomHistoryTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `events tell each job's state, attempts only grow, and metrics count what there is`(seed: UInt64) async throws {
    try await QueueFixture.run { fixture in
      var history = try await History(fixture, seed: seed)
      for _ in 0..<150 { try await history.step() }
      #expect(try await fixture.number(Self.brokenChains) == 0)
      #expect(try await fixture.number(Self.wrongStates) == 0)
      #expect(try await fixture.number(Self.repeatedAttempts) == 0)
      let counted = try await fixture.monitor.metrics().filter { $0.name == "quern_jobs" && $0.value != 0 }
      let rows = try await fixture.client.query("SELECT state::text, count(*) FROM quern.jobs GROUP BY state")
      #expect(counted.count == rows.count)
      for row in rows {
        let state = try row.decode(0, as: String.self)
        let count = try row.decode(1, as: Int.self)
        #expect(counted.first { $0.labels["state"] == state }?.value == Double(count))
      }
    }
  }

  /// Each event's previous state is the state of the event before it.
  private static let brokenChains = """
    SELECT count(*) FROM (
      SELECT previous, lag(state) OVER (PARTITION BY job ORDER BY id) AS before FROM quern.event WHERE job IS NOT NULL) AS e
    WHERE previous IS DISTINCT FROM before
    """

  private static let wrongStates = """
    SELECT count(*) FROM quern.jobs AS j
    WHERE j.state IS DISTINCT FROM (SELECT e.state FROM quern.event AS e WHERE e.job = j.id ORDER BY e.id DESC LIMIT 1)
    """

  private static let repeatedAttempts = """
    SELECT count(*) FROM (
      SELECT FROM quern.event WHERE type = 'claimed' GROUP BY job, attempt HAVING count(*) > 1) AS e
    """
}

private struct History {
  let fixture: QueueFixture
  var generator: Generator
  var workers: [WorkerSession] = []
  var held: [(WorkerSession, ClaimedJob)] = []
  var ids: [JobID] = []

  init(_ fixture: QueueFixture, seed: UInt64) async throws {
    self.fixture = fixture
    generator = Generator(state: seed)
    workers = [try await fixture.worker(), try await fixture.worker()]
  }

  mutating func step() async throws {
    switch Int.random(in: 0..<14, using: &generator) {
    case 0...2: ids.append(try await fixture.submitSleep { $0.maxAttempts = 2 })
    case 3...4: try await claim()
    case 5...6: try await endOne { try await $0.complete($1) }
    case 7:
      try await endOne { try await $0.fail($1.attemptID, JobError(.internalError, "x"), retryAfter: .zero) != nil }
    case 8: try await endOne { try await !$0.release([$1.attemptID], reason: "drain").isEmpty }
    case 9: try await control { queue, id throws(QueueError) in try await queue.cancel(id) }
    case 10: try await control { queue, id throws(QueueError) in try await queue.retry(id) }
    case 11: try await control { queue, id throws(QueueError) in try await queue.pause(id) }
    case 12: try await control { queue, id throws(QueueError) in try await queue.resume(id) }
    default: try await loseWorker()
    }
  }

  private mutating func claim() async throws {
    guard let worker = workers.randomElement(using: &generator) else { return }
    let running = held.filter { $0.0.id == worker.id }.count
    held += try await worker.claimSleep(3, running: running).map { (worker, $0) }
  }

  private mutating func endOne(_ end: (WorkerSession, ClaimedJob) async throws -> Bool) async throws {
    guard !held.isEmpty else { return }
    let (worker, job) = held.remove(at: Int.random(in: 0..<held.count, using: &generator))
    // Whether it was taken depends on what happened to the job meanwhile; the invariants say whether that was right.
    _ = try await end(worker, job)
  }

  private mutating func control(_ call: (JobQueue, JobID) async throws(QueueError) -> JobState) async throws {
    guard let id = ids.randomElement(using: &generator) else { return }
    do throws(QueueError) {
      _ = try await call(fixture.queue, id)
    } catch  where error.refusal?.code == "invalid_state" {}
  }

  private mutating func loseWorker() async throws {
    let lost = workers.removeFirst()
    try await fixture.endLease(of: lost)
    workers.append(try await fixture.worker())
  }
}

/// SplitMix64.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
