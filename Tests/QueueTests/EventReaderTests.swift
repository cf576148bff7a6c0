import JSON
import Jobs
import Postgres
import Queue
import Testing

struct EventReaderTests {
  private static let submit: PostgresQuery = #"SELECT quern.submit('sleep', '{"seconds": 0}')"#

  @Test func `an event that commits late comes in a later read, and holds nothing up`() async throws {
    try await QueueFixture.run { fixture in
      let reader = EventReader(name: "test", fixture.client)
      if let last = try await reader.read().last { try await reader.store(after: last) }
      let late = try await fixture.connection()
      try await late.execute(script: "BEGIN")
      let first: Int64 = try await late.query(Self.submit).onlyRow.decode(0)
      let second = try await fixture.submitSleep()
      let batch = try await reader.read()
      #expect(batch.map(\.job) == [second])
      try await reader.store(after: batch[0])
      #expect(try await reader.read().isEmpty)
      try await late.execute(script: "COMMIT")
      let rest = try await reader.read()
      #expect(rest.map(\.job) == [JobID(rawValue: first)])
      #expect(rest[0].id < batch[0].id)
      try await reader.store(after: rest[0])
      #expect(try await reader.read().isEmpty)
      await late.close()
    }
  }

  @Test func `reading again without storing gives the same events, and a stored cursor goes on behind its event`()
    async throws
  {
    try await QueueFixture.run { fixture in
      for _ in 0..<10 { try await fixture.submitSleep() }
      let reader = EventReader(name: "test", fixture.client)
      let all = try await reader.read().map(\.id)
      #expect(try await reader.read().map(\.id) == all && all.count == 11)
      var seen: [Int64] = []
      while case let batch = try await reader.read(atMost: 3), let last = batch.last {
        let part = seen.count.isMultiple(of: 2) ? last : batch[0]
        seen += batch.map(\.id).filter { $0 <= part.id }
        try await reader.store(after: part)
        if seen.count == 5 { try await fixture.submitSleep() }
      }
      #expect(seen.starts(with: all))
      #expect(Set(seen).count == seen.count)
    }
  }

  @Test func `concurrent writers with late commits and rollbacks lose and double nothing`() async throws {
    try await QueueFixture.run { fixture in
      let committed = try await withThrowingTaskGroup(of: Int.self) { group in
        for writer in 0..<4 {
          group.addTask {
            let connection = try await fixture.connection()
            var count = 0
            for round in 0..<30 {
              try await connection.execute(script: "BEGIN")
              _ = try await connection.query(Self.submit)
              if (round + writer).isMultiple(of: 3) { _ = try await connection.query("SELECT pg_sleep(0.005)") }
              let keeps = !(round + writer).isMultiple(of: 5)
              try await connection.execute(script: keeps ? "COMMIT" : "ROLLBACK")
              count += keeps ? 1 : 0
            }
            await connection.close()
            return count
          }
        }
        return try await group.reduce(0, +)
      }
      async let first = Self.drain("one", fixture)
      async let second = Self.drain("two", fixture)
      for seen in try await [first, second] {
        #expect(seen.filter { $0.type == "submitted" }.count == committed)
        #expect(Set(seen.map(\.id)).count == seen.count)
      }
    }
  }

  @Test func `readers that run while writers do see each committed event once`() async throws {
    try await QueueFixture.run { fixture in
      let seen = try await withThrowingTaskGroup(of: [Int64].self) { group in
        for writer in 0..<3 {
          group.addTask {
            let connection = try await fixture.connection()
            for round in 0..<40 {
              try await connection.execute(script: "BEGIN")
              _ = try await connection.query(Self.submit)
              if (round + writer).isMultiple(of: 4) { _ = try await connection.query("SELECT pg_sleep(0.01)") }
              try await connection.execute(script: (round + writer).isMultiple(of: 7) ? "ROLLBACK" : "COMMIT")
            }
            await connection.close()
            return []
          }
        }
        group.addTask {
          let reader = EventReader(name: "live", fixture.client)
          var seen: [Int64] = []
          var quiet = 0
          while quiet < 40 {
            let batch = try await reader.read(atMost: 7)
            seen += batch.map(\.id)
            quiet = batch.isEmpty ? quiet + 1 : 0
            if let last = batch.last {
              try await reader.store(after: last)
            } else {
              try await Task.sleep(for: .milliseconds(5))
            }
          }
          return seen
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(try await fixture.number("SELECT count(*) FROM quern.event") == Set(seen).count)
      #expect(Set(seen).count == seen.count)
    }
  }

  private static func drain(_ name: String, _ fixture: QueueFixture) async throws -> [QueueEvent] {
    let reader = EventReader(name: name, fixture.client)
    var seen: [QueueEvent] = []
    while case let batch = try await reader.read(atMost: 11), let last = batch.last {
      seen += batch
      try await reader.store(after: last)
    }
    return seen
  }

  @Test func `content comes with the event that it belongs to`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep { $0.maxAttempts = 2 }
      let worker = try await fixture.worker()
      for message in ["first", "second"] {
        let job = try #require(await worker.claimSleep().first)
        _ = try await worker.fail(job.attemptID, JobError(.internalError, message), retryAfter: .zero)
      }
      _ = try await fixture.queue.retry(id)
      let job = try #require(await worker.claimSleep().first)
      #expect(try await worker.complete(job))
      let events = try await EventReader(name: "test", fixture.client).read().filter { $0.job == id }
      #expect(
        events.map(\.type)
          == ["submitted", "claimed", "retrying", "claimed", "failed", "retried", "claimed", "succeeded"]
      )
      #expect(events[0].parameters?["seconds"] == 0)
      #expect(events[2].error?["message"] == "first" && events[4].error?["message"] == "second")
      #expect(events[7].result?["seconds"] == 0)
      #expect(events.map(\.state) == [.queued, .running, .queued, .running, .failed, .queued, .running, .succeeded])
    }
  }
}
