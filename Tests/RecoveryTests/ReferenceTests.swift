import Glibc
import JSON
import Jobs
import Queue
import SharedTestData
import Testing

extension RecoveryTests {
  @Suite(.needsSharedData) struct `Texts of the reference implementation` {
    /// A job, and the text that it must give.
    private struct Case {
      let parameters: JSONValue
      let text: String
    }

    @Test func `come through the queue, whatever the batch, the threads, or a kill in between`() async throws {
      try await Rig.run(models: ["stories": Models.stories, "poems": Models.poems]) { rig in
        let cases = try Self.cases()
        for threads in ["1", "2"] {
          let worker = try rig.worker("t\(threads)", ["--threads", threads, "--slots", "generate=64"])
          for neighbours in [0, 32] { try await Self.check(cases, beside: neighbours, rig) }
          worker.send(SIGTERM)
          #expect(try await worker.waitUntilEnded() == .exited(0))
        }
        try await Self.checkKilled(cases, rig)
      }
    }

    private static func check(_ cases: [Case], beside neighbours: Int, _ rig: Rig) async throws {
      let ids = try await submit(cases, beside: neighbours, rig)
      try await rig.waitUntilFinished()
      for (id, expected) in zip(ids, cases) {
        #expect(try await JobQueue(rig.client).text(of: id) == expected.text)
      }
    }

    /// Kills workers while they compute until a kill has met one of the cases: each ends within milliseconds.
    private static func checkKilled(_ cases: [Case], _ rig: Rig) async throws {
      for round in 0..<20 {
        if try await isInterrupted(cases, rig, round) { return }
      }
      Issue.record("no kill met a job in twenty rounds")
    }

    /// A worker that dies with the models loaded and tokens in its sequences.
    private static func isInterrupted(_ cases: [Case], _ rig: Rig, _ round: Int) async throws -> Bool {
      let name = "first-\(round)"
      let first = try rig.worker(name, lease: 1, ["--slots", "generate=64"])
      try await check(cases, beside: 0, rig)
      let tokens = { Scrape.value("quern_generation_tokens_total", rig.metricsPath(name)) }
      let before = tokens()
      let ids = try await submit(cases, beside: 32, rig)
      try await eventually("tokens come", every: .zero) { tokens() > before }
      first.send(SIGKILL)
      let second = try rig.worker("second-\(round)", lease: 1, ["--slots", "generate=64"])
      try await rig.waitUntilFinished()
      var attempts: [Int] = []
      for (id, expected) in zip(ids, cases) {
        let job = try await rig.job(id)
        #expect(job.result?["choices"]?.array?.first?["text"]?.string == expected.text)
        attempts.append(Int(job.attempt))
      }
      second.send(SIGTERM)
      #expect(try await second.waitUntilEnded() == .exited(0))
      return attempts.contains(2)
    }

    /// The neighbours sample, each with a seed of its own, and end at different times.
    private static func submit(_ cases: [Case], beside neighbours: Int, _ rig: Rig) async throws -> [JobID] {
      let others = (0..<neighbours).map { number -> JSONValue in
        ["model": "stories", "prompt": "One day, Tim", "max_tokens": JSONValue(100 + 5 * number)]
      }
      return Array(try await rig.submit(others + cases.map(\.parameters)).suffix(cases.count))
    }

    private static func cases() throws -> [Case] {
      let story = try #require(try Models.reference("stories260K")["greedy"])
      let prompt = try #require(story["prompt_ids"]?.array)
      let count = try #require(story["ids"]?.array).count - prompt.count
      let stories = Case(
        parameters: [
          "model": "stories", "prompt_tokens": .array(prompt), "max_tokens": JSONValue(count), "temperature": 0,
        ],
        text: try #require(story["text"]?.string)
      )
      let poems = try #require(try Models.reference("zh-poem-750k")["greedy"]?.array).map { poem in
        let prompt = try #require(poem["prompt"]?.string)
        return Case(
          parameters: [
            "model": "poems", "prompt": .string(prompt), "temperature": 0, "logit_bias": ["0": -100],
          ],
          text: String(try #require(poem["text"]?.string).dropFirst(prompt.count))
        )
      }
      return [stories] + poems
    }
  }
}
