import Foundation
import Glibc
import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Queue
import Testing

extension RecoveryTests {
  @Suite struct `A worker` {
    @Test func `that was stopped past its lease writes nothing, and works again under a new registration`() async throws
    {
      try await Rig.run { rig in
        let stopped = try rig.worker("stopped", lease: 1)
        try await rig.waitUntilLive("stopped")
        let ids = try await rig.sleep(0.5, count: 20)
        try await rig.waitUntilRunning(ids)
        stopped.send(SIGSTOP)
        let other = try rig.worker("other", lease: 1)
        try await rig.waitUntilFinished()
        other.send(SIGTERM)
        #expect(try await other.waitUntilEnded() == .exited(0))
        let seen = try await rig.number("SELECT max(id) FROM quern.event")
        stopped.send(SIGCONT)
        let fresh = "SELECT count(*) FROM quern.worker WHERE name = 'stopped' AND state = 'live'"
        try await eventually("it registers afresh") { try await rig.number(fresh) == 1 }
        let later = try await rig.sleep(0, count: 5)
        try await rig.waitUntilFinished()
        #expect(stopped.end == nil)
        for id in ids {
          let job = try await rig.job(id)
          #expect(job.state == .succeeded && job.attempt == 2 && job.worker?.hasPrefix("other") == true)
        }
        for id in later { #expect(try await rig.job(id).worker?.hasPrefix("stopped") == true) }
        // Since it went on, no event belongs to its old registration or to the jobs that it had.
        let stale = """
          SELECT count(*) FROM quern.event AS e LEFT JOIN quern.worker AS w ON w.id = e.worker
          WHERE e.id > \(seen) AND (w.state = 'lost' OR e.job <= \(ids[19].rawValue))
          """
        #expect(try await rig.number(stale) == 0)
      }
    }

    @Test func `that a job crashes takes no neighbour down: five losses end the job, the last three alone`()
      async throws
    {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        let around = (0..<10).map { number -> JSONValue in
          ["model": "stories", "prompt": "Once upon a time", "max_tokens": JSONValue(50 + 40 * number)]
        }
        let poison: JSONValue = ["model": "stories", "prompt": "now crash"]
        let ids = try await rig.submit(around + [poison] + around)
        var starts = 0
        while try await rig.number("SELECT count(*) FROM quern.job") > 0 {
          starts += 1
          let worker = try rig.worker("n\(starts)", lease: 1, environment: ["QUERN_DRILL_CRASH_PROMPT": "now crash"])
          try await eventually("the worker is dead or the work done") {
            if worker.end != nil { return true }
            return try await rig.number("SELECT count(*) FROM quern.job") == 0
          }
        }
        let job = try await rig.job(ids[10])
        #expect(job.state == .failed && job.attempt == 5 && job.failures == 0)
        #expect(job.error?["code"] == "worker_lost")
        #expect(starts == 6)
        let lost = "SELECT count(*) FROM quern.attempt WHERE outcome = 'lost' AND job = \(ids[10].rawValue)"
        #expect(try await rig.number(lost) == 5)
        // Nothing of the worker's ended after the poison began, from the third loss on; and the others were lost twice at most.
        let company = """
          SELECT count(*) FROM quern.attempt AS p JOIN quern.attempt AS o ON o.worker = p.worker AND o.job <> p.job
          WHERE p.job = \(ids[10].rawValue) AND p.attempt > 2 AND o.ended_at > p.started_at
          """
        #expect(try await rig.number(company) == 0)
        #expect(try await rig.number("SELECT max(attempt) FROM quern.finished_job WHERE state = 'succeeded'") <= 3)
        #expect(try await rig.number("SELECT count(*) FROM quern.finished_job WHERE state = 'succeeded'") == 20)
      }
    }

    @Test func `stops computing a cancelled job at once, and its slot is free`() async throws {
      try await Rig.run { rig in
        try await rig.importEndless()
        _ = try rig.worker("w", ["--slots", "generate=1"])
        let tokens = { Scrape.value("quern_generation_tokens_total", rig.metricsPath("w")) }
        let long: JSONValue = [
          "model": "endless", "prompt": "Once", "max_tokens": 90_000, "ignore_eos": true, "temperature": 0,
        ]
        var free: [Double] = []
        var stopped: [Double] = []
        for _ in 0..<(isProof ? 20 : 5) {
          let before = tokens()
          let running = try await rig.submit([long])[0]
          let next = try await rig.submit([["model": "endless", "prompt": "Once", "max_tokens": 1]])[0]
          try await eventually("it computes") { tokens() > before + 20 }
          #expect(try await JobQueue(rig.client).cancel(running) == .cancelled)
          let committed = ContinuousClock.now
          #expect(try await rig.job(running).state == .cancelled)
          stopped.append(try await Self.timeOfLastToken(since: committed, tokens) / .seconds(1))
          try await rig.waitUntilFinished()
          free.append(try await rig.time(of: "claimed", next) - rig.time(of: "cancelled", running))
        }
        Report.say(
          "cancel: computing stopped at most \(((stopped.max() ?? 0) * 1000).rounded(to: 1)) ms after COMMIT, "
            + "the slot was taken after at most \(((free.max() ?? 0) * 1000).rounded(to: 1)) ms"
        )
        #expect(stopped.allSatisfy { $0 < 0.1 + tolerance / .seconds(1) })
        #expect(free.allSatisfy { $0 < 0.1 + tolerance / .seconds(1) })
      }
    }

    /// Looks until no token came for 100 ms. The next job's single token counts too.
    private static func timeOfLastToken(since start: ContinuousClock.Instant, _ tokens: () -> Double) async throws
      -> Duration
    {
      var last = (count: tokens(), at: start)
      while ContinuousClock.now - last.at < .milliseconds(100) {
        let count = tokens()
        if count != last.count { last = (count, ContinuousClock.now) }
        try #require(ContinuousClock.now - start < .seconds(30), "it computes on")
        try await Task.sleep(for: .milliseconds(1))
      }
      return last.at - start
    }

    @Test func `goes on loading a model for the others when the job that began it is cancelled`() async throws {
      try await Rig.run(models: ["stories": Models.stories]) { rig in
        let ids = try await rig.submit(
          Array(repeating: ["model": "stories", "prompt": "Once", "max_tokens": 5], count: 8)
        )
        let blocker = try await PostgresConnection.connect(rig.configuration, logger: .silent)
        try await blocker.execute(script: "BEGIN; LOCK TABLE quern.model")
        _ = try rig.worker("w", lease: 3)
        try await rig.waitUntilRunning(ids)
        let waits =
          "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        try await eventually("one of them loads") { try await rig.number(waits) == 1 }
        for id in ids.dropLast() { _ = try await JobQueue(rig.client).cancel(id) }
        let told = "SELECT count(*) FROM quern.worker WHERE reported = ARRAY[\(ids[7].rawValue)]::bigint[]"
        try await eventually("the worker knows") { try await rig.number(told) == 1 }
        await blocker.close()
        try await rig.waitUntilFinished()
        let job = try await rig.job(ids[7])
        #expect(job.state == .succeeded && job.attempt == 1)
      }
    }

    @Test func `that drains finishes what is short and hands back the rest for another`() async throws {
      try await Rig.run { rig in
        try await rig.importEndless()
        let worker = try rig.worker("draining", ["--drain-limit", "1"])
        let short = try await rig.sleep(0.4, count: 10)
        let long = try await rig.sleep(3, count: 10)
        let computing = try await rig.submit([
          ["model": "endless", "prompt": "Once", "max_tokens": 90_000, "ignore_eos": true]
        ])
        try await rig.waitUntilRunning(short + long + computing)
        worker.send(SIGTERM)
        try await eventually("it says that it drains") {
          try await rig.number("SELECT count(*) FROM quern.event WHERE type = 'drain_started'") == 1
        }
        let late = try await rig.sleep(0)
        #expect(try await worker.waitUntilEnded() == .exited(0))
        #expect(
          try await rig.number("SELECT count(*) FROM quern.worker WHERE name = 'draining' AND state = 'gone'") == 1
        )
        for id in short { #expect(try await rig.job(id).state == .succeeded) }
        for id in long + computing {
          let job = try await rig.job(id)
          #expect(job.state == .queued && job.attempt == 1 && job.failures == 0)
          #expect(try await rig.time(of: "released", id) > 0)
        }
        _ = try await JobQueue(rig.client).cancel(computing[0])
        _ = try rig.worker("next")
        try await rig.waitUntilFinished()
        for id in long {
          let job = try await rig.job(id)
          #expect(job.state == .succeeded && job.attempt == 2 && job.worker?.hasPrefix("next") == true)
        }
        #expect(try await rig.job(late[0]).worker?.hasPrefix("next") == true)
      }
    }

    @Test func `ends attempts at their timeout; they are retried while failures are left`() async throws {
      try await Rig.run { rig in
        try await rig.importEndless()
        _ = try rig.worker("w")
        var long = Submission(
          kind: .generate,
          parameters: ["model": "endless", "prompt": "Once", "max_tokens": 90_000, "ignore_eos": true]
        )
        long.timeout = .milliseconds(400)
        long.maxAttempts = 2
        var late = Submission(kind: .sleep, parameters: ["seconds": 60])
        late.timeout = .milliseconds(200)
        late.maxAttempts = 2
        var inTime = Submission(kind: .sleep, parameters: ["seconds": 0.1])
        inTime.timeout = .seconds(60)
        let queue = JobQueue(rig.client)
        let slow = [try await queue.submit(long), try await queue.submit(late)]
        let fast = try await queue.submit(inTime)
        try await rig.waitUntilFinished()
        for id in slow {
          let job = try await rig.job(id)
          #expect(job.state == .failed && job.attempt == 2 && job.failures == 2)
          #expect(job.error?["code"] == "request_timeout")
          #expect(try await rig.time(of: "retrying", id) < rig.time(of: "failed", id))
        }
        #expect(try await rig.job(fast).state == .succeeded)
        #expect(try await rig.job(fast).result == ["seconds": 0.1])
      }
    }
  }
}
