import Foundation
import Glibc
import JSON
import Jobs
import Postgres
import Testing

extension RecoveryTests {
  @Suite struct `Workers killed at random moments` {
    private static let jobCount = isProof ? 1000 : 200
    private static let killCount = isProof ? 5 : 2
    private static let lease = isProof ? 15 : 2

    @Test func `lose no job, double no result, and delay nothing by more than the lease and a second`() async throws {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        try await Self.submit(rig)
        let kills = try await Self.runAndKill(rig)
        try await rig.waitUntilFinished(within: .seconds(300))
        try await Self.checkOutcomes(rig)
        try await Self.checkDelays(kills, rig)
      }
    }

    private static func submit(_ rig: Rig) async throws {
      let sleeps = jobCount / 5
      let prompts = (0..<jobCount - sleeps).map { number -> JSONValue in
        ["model": "stories", "prompt": "Once upon a time", "max_tokens": JSONValue(40 + number % 80)]
      }
      _ = try await rig.submit(prompts)
      _ = try await rig.sleep(0.3, count: sleeps)
    }

    /// - Returns: when each worker was killed, by its name, in seconds since 1970.
    private static func runAndKill(_ rig: Rig) async throws -> [String: Double] {
      var generator = SeededGenerator(state: 2026)
      let moments = (0..<2 * killCount).map { _ in Int.random(in: 1..<jobCount * 9 / 10, using: &generator) }.sorted()
      var workers = try (0...1).map { try rig.worker("w\($0)-0", lease: lease) }
      var kills: [String: Double] = [:]
      for (number, moment) in moments.enumerated() {
        let (slot, generation) = (number % 2, number / 2)
        try await eventually("\(moment) jobs have succeeded", within: .seconds(120)) {
          try await rig.number("SELECT count(*) FROM quern.finished_job") >= moment
        }
        try await rig.waitUntilLive("w\(slot)-\(generation)")
        workers[slot].send(SIGKILL)
        kills["w\(slot)-\(generation)"] = Date.now.timeIntervalSince1970
        #expect(try await workers[slot].waitUntilEnded() == .signalled(SIGKILL))
        workers[slot] = try rig.worker("w\(slot)-\(generation + 1)", lease: lease)
      }
      return kills
    }

    private static func checkOutcomes(_ rig: Rig) async throws {
      let succeeded =
        "SELECT count(DISTINCT id) FROM quern.finished_job WHERE state = 'succeeded' AND result IS NOT NULL"
      #expect(try await rig.number(succeeded) == jobCount)
      #expect(try await rig.number("SELECT count(*) FROM quern.finished_job") == jobCount)
      #expect(try await rig.number("SELECT count(*) FROM quern.event WHERE type = 'succeeded'") == jobCount)
      // Every claim is an attempt that ended once, numbered from 1; the last one succeeded and the others were lost.
      let inconsistent = """
        SELECT count(*)
        FROM quern.finished_job AS f
        WHERE f.failures <> 0
          OR ARRAY(SELECT e.attempt FROM quern.event AS e WHERE e.job = f.id AND e.type = 'claimed' ORDER BY e.id)
             <> ARRAY(SELECT generate_series(1, f.attempt))
          OR ARRAY(SELECT a.outcome FROM quern.attempt AS a WHERE a.job = f.id ORDER BY a.attempt)
             <> array_fill('lost'::text, ARRAY[f.attempt - 1]) || 'succeeded'::text
          OR (SELECT a.worker FROM quern.attempt AS a WHERE a.job = f.id AND a.attempt = f.attempt) <> f.worker
        """
      #expect(try await rig.number(inconsistent) == 0)
    }

    /// A job that was lost twice in a row waits for a worker that is empty: only the others have the promise.
    private static func checkDelays(_ kills: [String: Double], _ rig: Rig) async throws {
      let rows = try await rig.query(
        """
        SELECT w.name, extract(epoch FROM c.at)::float8 AS claimed_at, p.id IS NOT NULL AS is_alone
        FROM quern.event AS l
        JOIN quern.worker AS w ON w.id = l.worker
        JOIN quern.event AS c ON c.job = l.job AND c.attempt = l.attempt + 1 AND c.type = 'claimed'
        LEFT JOIN quern.event AS p ON p.job = l.job AND p.attempt = l.attempt - 1 AND p.type = 'lost'
        WHERE l.type = 'lost'
        """
      )
      #expect(rows.count > 0)
      var longest = 0.0
      for row in rows where try !row.decode("is_alone", as: Bool.self) {
        // No worker may be lost without having been killed.
        let killedAt = try #require(kills[row.decode("name")])
        longest = max(longest, try row.decode("claimed_at", as: Double.self) - killedAt)
      }
      Report.say(
        "chaos: \(rows.count) attempts interrupted, running again at most \(longest.rounded(to: 2)) s after the kill (lease \(lease) s)"
      )
      #expect(longest < Double(lease) + 1 + tolerance / .seconds(1))
    }
  }
}
