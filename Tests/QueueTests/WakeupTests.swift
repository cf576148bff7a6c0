import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Queue
import Testing

struct WakeupTests {
  private static let submit: PostgresQuery = #"SELECT quern.submit('sleep', '{"seconds": 0}')"#

  @Test func `a worker may not sleep while a submission that did not see its mark is open`() async throws {
    try await QueueFixture.run { fixture in
      let worker = try await fixture.worker()
      let submitter = try await fixture.connection()
      try await submitter.execute(script: "BEGIN")
      _ = try await submitter.query(Self.submit)
      #expect(try await worker.claimSleep(marksIdle: true).isEmpty)
      for _ in 0..<3 {
        #expect(try await !worker.maySleep())
        #expect(try await worker.claimSleep(marksIdle: true).isEmpty)
      }
      try await submitter.execute(script: "COMMIT")
      while try await !worker.maySleep() { await Task.yield() }
      #expect(try await worker.claimSleep(marksIdle: true).count == 1)
      #expect(try await !worker.maySleep())
      await submitter.close()
    }
  }

  @Test func `only a marked queue is notified`() async throws {
    try await QueueFixture.run { fixture in
      let listener = PostgresListener(fixture.configuration, channels: ["quern_queued"], logger: .silent)
      try await withThrowingTaskGroup { group in
        group.addTask { try await listener.run() }
        var heard = listener.notifications.makeAsyncIterator()
        #expect(await heard.next() == .reconnected)
        try await fixture.submitSleep()
        let worker = try await fixture.worker()
        _ = try await worker.claimSleep()
        #expect(try await worker.claimSleep(marksIdle: true).isEmpty)
        try await fixture.submitSleep { $0.queue = "other" }
        try await fixture.submitSleep()
        #expect(await heard.next() == .received(channel: "quern_queued", payload: "default"))
        group.cancelAll()
      }
    }
  }

  /// Without any poll: a single lost wake-up would leave the worker asleep.
  @Test(.timeLimit(.minutes(1)))
  func `a worker that sleeps on notifications alone gets every job`() async throws {
    try await QueueFixture.run { fixture in
      let total = 160
      let listener = PostgresListener(fixture.configuration, channels: ["quern_queued"], logger: .silent)
      try await withThrowingTaskGroup { group in
        group.addTask { try await listener.run() }
        for submitter in 0..<4 {
          group.addTask {
            let connection = try await fixture.connection()
            for round in 0..<(total / 4) {
              try await connection.execute(script: "BEGIN")
              _ = try await connection.query(Self.submit)
              if (round + submitter).isMultiple(of: 3) {
                _ = try await connection.query("SELECT pg_sleep(random() * 0.02)")
              }
              try await connection.execute(script: "COMMIT")
              try await Task.sleep(for: .milliseconds(Int.random(in: 0...20)))
            }
            await connection.close()
          }
        }
        let worker = try await fixture.worker()
        var heard = listener.notifications.makeAsyncIterator()
        var done = 0
        while done < total {
          let jobs = try await Self.claimOrSleep(worker, &heard)
          done += try await worker.complete(jobs.map { JobCompletion($0.attemptID, result: [:]) }).count
        }
        #expect(done == total)
        group.cancelAll()
      }
    }
  }

  /// The protocol of a worker: mark, look again until every blind submission has ended, sleep.
  private static func claimOrSleep(
    _ worker: WorkerSession,
    _ heard: inout AsyncStream<PostgresNotification>.Iterator
  ) async throws -> [ClaimedJob] {
    var isSettled = false
    while true {
      let jobs = try await worker.claimSleep(8, marksIdle: true)
      if !jobs.isEmpty { return jobs }
      if isSettled { break }
      isSettled = try await worker.maySleep()
      if !isSettled { try await Task.sleep(for: .milliseconds(5)) }
    }
    _ = await heard.next(isolation: #isolation)
    return []
  }
}
