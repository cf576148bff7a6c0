import FoundationEssentials
import JSON
import Jobs
import Postgres
import Queue
import Testing

struct SweepTests {
  @Test func `a bad row stops neither the sweep nor a claim`() async throws {
    try await QueueFixture.run { fixture in
      var ids: [JobID] = []
      for _ in 0..<3 { ids.append(try await fixture.submitSleep { $0.runAt = Date(timeIntervalSinceNow: 3600) }) }
      try await fixture.sql(
        """
        CREATE FUNCTION quern.break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'bad row'; END $$;
        """
      )
      try await fixture.makeDue()
      try await fixture.sql(
        """
        CREATE TRIGGER break BEFORE UPDATE ON quern.job FOR EACH ROW WHEN (OLD.id = \(ids[1])) EXECUTE FUNCTION quern.break()
        """
      )
      #expect(try await fixture.monitor.sweep()["promoted"] == 2)
      #expect(try await fixture.worker().claimSleep().map(\.id) == [ids[0], ids[2]])
      #expect(try await fixture.queue.state(of: ids[1]) == .scheduled)
    }
  }

  @Test func `an attempt that outlives its timeout by a lease fails, and its worker is told`() async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep { $0.timeout = .seconds(1) }
      let worker = try await fixture.worker()
      let job = try #require(await worker.claimSleep().first)
      #expect(job.timeout == .seconds(1))
      #expect(try await fixture.monitor.sweep()["timed_out"] == 0)
      try await fixture.sql("UPDATE quern.job SET started_at = now() - interval '1 minute'")
      #expect(try await fixture.monitor.sweep()["timed_out"] == 1)
      #expect(try await fixture.queue.show(id)?.error?["code"] == "request_timeout")
      #expect(try await worker.heartbeat([job.attemptID: 0]) == [.cancel(job.attemptID)])
    }
  }

  @Test func `days are made ahead, and old workers forgotten`() async throws {
    try await QueueFixture.run { fixture in
      try await fixture.worker().deregister()
      try await fixture.sql("UPDATE quern.worker SET heartbeat_at = now() - interval '2 days'")
      try await fixture.sql(
        """
        DO $$ BEGIN EXECUTE 'DROP TABLE quern.event_' || to_char((now() AT TIME ZONE 'UTC')::date + 3, 'YYYYMMDD'); END $$
        """
      )
      #expect(try await fixture.monitor.sweep()["workers_forgotten"] == 1)
      let days = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'quern.event'::regclass"
      #expect(try await fixture.number(days) == 8)
    }
  }

  @Test func `wait returns when the job is over, complains after its timeout, and refuses a transaction`() async throws
  {
    try await QueueFixture.run { fixture in
      let id = try await fixture.submitSleep()
      let late = await #expect(throws: PostgresError.self) {
        try await fixture.client.query("CALL quern.wait(\(id), '0.1 s')")
      }
      #expect(late?.sqlState == "57014")
      let connection = try await fixture.connection()
      try await connection.execute(script: "BEGIN")
      let inside = await #expect(throws: PostgresError.self) {
        try await connection.query("CALL quern.wait(\(id), '1 s')")
      }
      #expect(inside?.sqlState == "2D000")
      try await connection.execute(script: "ROLLBACK")
      async let waited: Void = { _ = try await fixture.client.query("CALL quern.wait(\(id), '20 s')") }()
      let worker = try await fixture.worker()
      #expect(try await worker.complete(worker.claimSleep()[0]))
      try await waited
      #expect(try await fixture.queue.wait(for: id, within: .zero) == .succeeded)
      await connection.close()
    }
  }
}
