import Foundation
import Glibc
import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Testing

extension RecoveryTests {
  @Suite struct `A monitor killed while events flow` {
    private static let killCount = isProof ? 40 : 8

    @Test func `journals each event once, those of a job in order, late commits included`() async throws {
      try await Rig.run { rig in
        _ = try rig.worker("w")
        var monitor = try rig.monitor()
        var generator = SeededGenerator(state: 7)
        for _ in 0..<Self.killCount {
          // A transaction that is open while later events are journalled, and commits after them.
          let late = try await PostgresConnection.connect(rig.configuration, logger: .silent)
          try await late.execute(script: "BEGIN; SELECT quern.submit('sleep', '{\"seconds\": 0}')")
          _ = try await rig.sleep(0, count: Int.random(in: 1...60, using: &generator))
          let lines = JournalFile(rig).lines.count
          let more = Int.random(in: 1...100, using: &generator)
          try await eventually("the monitor writes", every: .zero) { JournalFile(rig).lines.count >= lines + more / 10 }
          monitor.send(SIGKILL)
          #expect(try await monitor.waitUntilEnded() == .signalled(SIGKILL))
          try await late.execute(script: "COMMIT")
          await late.close()
          monitor = try rig.monitor()
        }
        try await rig.waitUntilFinished()
        try await JournalFile(rig).waitForAllEvents(rig)
        #expect(JournalFile(rig).lines.count > 4 * Self.killCount)
      }
    }

    @Test func `after writing and before storing its place finds what is written`() async throws {
      try await Rig.run { rig in
        var monitor = try rig.monitor()
        for _ in 0..<3 {
          let blocker = try await PostgresConnection.connect(rig.configuration, logger: .silent)
          try await blocker.execute(script: "BEGIN; LOCK TABLE quern.event_reader IN SHARE MODE")
          _ = try await rig.sleep(60, count: 100)
          let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%store_cursor%' AND pid <> pg_backend_pid()"
          try await eventually("the monitor wants to store its place") { try await rig.number(waits) == 1 }
          monitor.send(SIGKILL)
          #expect(try await monitor.waitUntilEnded() == .signalled(SIGKILL))
          // The statement must not outlive the process that sent it, or the place would be stored after all.
          _ = try await rig.query(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'quern-monitor'"
          )
          await blocker.close()
          monitor = try rig.monitor()
        }
        try await JournalFile(rig).waitForAllEvents(rig)
      }
    }
  }
}
