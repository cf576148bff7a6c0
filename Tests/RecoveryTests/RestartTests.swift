import Foundation
import Glibc
import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Queue
import Testing

extension RecoveryTests {
  @Suite struct `A restart of PostgreSQL in mid-work` {
    enum Shutdown: CaseIterable {
      /// Sessions are ended, and everything is written.
      case fast
      /// As a crash: the next start recovers.
      case immediate
    }

    private static let lease = isProof ? 15 : 5

    @Test func `costs no attempt: worker and monitor go on, and leases did not run meanwhile`() async throws {
      let cluster = TemporaryCluster()
      let server = try await cluster.server()
      try await Rig.run(on: cluster, models: ["stories": Models.stories]) { rig in
        // Test clusters forget the last commits in a crash.
        _ = try await rig.query("ALTER SYSTEM SET synchronous_commit = on")
        _ = try await rig.query("SELECT pg_reload_conf()")
        let worker = try rig.worker("w", lease: Self.lease)
        let monitor = try rig.monitor()
        for shutdown in Shutdown.allCases {
          let ids = try await Self.submit(rig)
          try await rig.waitUntilRunning(Array(ids.suffix(20)))
          try await Self.restart(server, shutdown, rig)
          try await rig.waitUntilFinished()
          for id in ids {
            let job = try await rig.job(id)
            #expect(job.state == .succeeded && job.attempt == 1, "\(shutdown): \(job.error?.text ?? "no error")")
          }
        }
        #expect(try await rig.number("SELECT count(*) FROM quern.event WHERE type IN ('lost', 'worker_lost')") == 0)
        #expect(worker.end == nil && monitor.end == nil)
        try await JournalFile(rig).waitForAllEvents(rig)
      }
      await server.stop()
    }

    private static func restart(_ server: PostgresServer, _ shutdown: Shutdown, _ rig: Rig) async throws {
      if shutdown == .immediate, let process = server.processID { kill(process, SIGQUIT) }
      await server.stop()
      let asking = try rig.start("quern", ["jobs"], log: "\(shutdown).log")
      #expect(try await asking.waitUntilEnded() == .exited(1))
      #expect(asking.output.split(separator: "\n").count == 1, "\(asking.output)")
      // Longer than the lease where there is time for it.
      if isProof { try await Task.sleep(for: .seconds(lease + 1)) }
      let late = try rig.worker("\(shutdown)", ["--queue", "other"])
      try await server.start()
      try await rig.waitUntilLive("\(shutdown)")
      late.send(SIGTERM)
      #expect(try await late.waitUntilEnded() == .exited(0))
    }

    @Test(.enabled(if: isProof, "waits for several deadlines"))
    func `that does not come back keeps no worker from stopping`() async throws {
      let cluster = TemporaryCluster()
      let server = try await cluster.server()
      try await Rig.run(on: cluster) { rig in
        let worker = try rig.worker("w", lease: 1, ["--drain-limit", "0"])
        let job = try await rig.sleep(2)
        try await rig.waitUntilRunning(job)
        await server.stop()
        worker.send(SIGTERM)
        #expect(try await worker.waitUntilEnded() == .exited(0))
        try await server.start()
        _ = try rig.worker("next")
        try await rig.waitUntilFinished()
        #expect(try await rig.job(job[0]).state == .succeeded)
        #expect(try await rig.job(job[0]).attempt == 2)
      }
      await server.stop()
    }

    /// Some end while the server is away, some after it.
    private static func submit(_ rig: Rig) async throws -> [JobID] {
      let prompts = (0..<40).map { number -> JSONValue in
        ["model": "stories", "prompt": "Once upon a time", "max_tokens": JSONValue(100 + 5 * number)]
      }
      let ids = try await rig.submit(prompts)
      return try await ids + rig.sleep(0.5, count: 20) + rig.sleep(2, count: 20)
    }
  }
}
