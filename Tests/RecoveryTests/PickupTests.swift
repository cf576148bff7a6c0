import Foundation
import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Queue
import Testing

extension RecoveryTests {
  /// Measured, not asserted: what an idle worker needs from the commit of a submission to the commit of its claim.
  @Suite(.enabled(if: isProof, "a measurement of make proof")) struct `An idle worker` {
    @Test(arguments: [false, true])
    func `takes a job soon after its commit`(durable: Bool) async throws {
      let cluster = TemporaryCluster()
      let server = try await cluster.server()
      let connection = try await PostgresConnection.connect(server.configuration, logger: .silent)
      _ = try await connection.query("ALTER SYSTEM SET track_commit_timestamp = on")
      for setting in ["fsync", "full_page_writes", "synchronous_commit"] where durable {
        _ = try await connection.query(PostgresQuery(unescaped: "ALTER SYSTEM SET \(setting) = on"))
      }
      await connection.close()
      await server.stop()
      try await server.start()
      try await Rig.run(on: cluster, models: ["stories": Models.stories]) { rig in
        _ = try rig.worker("idle")
        try await rig.waitUntilLive("idle")
        for (kind, parameters) in Self.jobs {
          // The first one loads the model.
          _ = try await rig.submit([parameters], kind: kind)
          try await rig.waitUntilFinished()
          let first = try await rig.number("SELECT max(id) FROM quern.finished_job")
          for _ in 0..<200 {
            _ = try await JobQueue(rig.client).submit(Submission(kind: kind, parameters: parameters))
            try await Task.sleep(for: .milliseconds(20))
          }
          try await rig.waitUntilFinished()
          try await Self.report("\(kind.rawValue)\(durable ? ", fsync on" : "")", after: first, rig)
        }
      }
      await server.stop()
    }

    private static let jobs: [(JobKind, JSONValue)] = [
      (.sleep, ["seconds": 0]), (.generate, ["model": "stories", "prompt": "Once", "max_tokens": 1]),
    ]

    private static func report(_ what: String, after first: Int, _ rig: Rig) async throws {
      let rows = try await rig.query(
        """
        SELECT extract(epoch FROM pg_xact_commit_timestamp(c.xid::xid) - pg_xact_commit_timestamp(s.xid::xid))::float8 AS pickup,
          extract(epoch FROM pg_xact_commit_timestamp(f.xid::xid) - pg_xact_commit_timestamp(s.xid::xid))::float8 AS turnaround
        FROM quern.event AS s
        JOIN quern.event AS c ON c.job = s.job AND c.type = 'claimed'
        JOIN quern.event AS f ON f.job = s.job AND f.type = 'succeeded'
        WHERE s.type = 'submitted' AND s.job > \(first)
        """
      )
      for column in ["pickup", "turnaround"] {
        let times = try rows.map { try $0.decode(column, as: Double.self) * 1000 }
        Report.say(
          "idle, \(what): \(column) p50 \(times.percentile(0.5).rounded(to: 2)) ms, "
            + "p99 \(times.percentile(0.99).rounded(to: 2)) ms of \(times.count)"
        )
      }
    }
  }
}
