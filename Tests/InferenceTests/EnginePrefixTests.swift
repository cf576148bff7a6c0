import Inference
import SharedTestData
import Synchronization
import Testing

/// The prefix cache as callers see it.
@Suite(.needsSharedData) struct EnginePrefixTests {
  private static let prompt = (0..<100).map { 3 + $0 * 5 }

  private static func request(choice: Int = 0, salt: String = "", priority: Int = 0) -> GenerationRequest {
    GenerationRequest(
      promptTokens: prompt,
      parameters: GenerationParameters(maxTokens: 20, seed: 7, ignoreEOS: true),
      choice: choice,
      salt: salt,
      priority: priority
    )
  }

  @Test func `a prompt that comes again is found, for its submitter alone`() async throws {
    let engine = try Reference.engine()
    let first = try await engine.generate(Self.request(salt: "a"))
    let again = try await engine.generate(Self.request(salt: "a"))
    let other = try await engine.generate(Self.request(salt: "b"))
    #expect([first, again, other].map(\.cachedPromptTokenCount) == [0, 96, 0])
    #expect(again.outcome == first.outcome && other.outcome == first.outcome)
    let statistics = engine.statistics
    #expect(statistics.prefixQueryTokenCount == 300 && statistics.prefixHitTokenCount == 96)
  }

  @Test func `an answer that becomes a prompt is found`() async throws {
    let engine = try Reference.engine()
    let first = try await engine.generate(Self.request())
    let turn = GenerationRequest(
      promptTokens: Self.prompt + first.tokens + [300, 301, 302, 303, 304, 305, 306, 307, 308, 309],
      parameters: GenerationParameters(maxTokens: 1)
    )
    // 119 of the 120 tokens were computed.
    #expect(try await engine.generate(turn).cachedPromptTokenCount == 96)
  }

  @Test func `choices of one request share its prompt`() async throws {
    let engine = try Reference.engine()
    let results = try await engine.generateAll((0..<8).map { Self.request(choice: $0) })
    #expect(results.map(\.cachedPromptTokenCount).sorted() == [0] + Array(repeating: 96, count: 7))
    #expect(engine.statistics.prefillTokenCount == 100 + 7 * 4)
    for result in results.indices {
      let alone = try await Reference.engine().generate(Self.request(choice: result))
      #expect(alone.outcome == results[result].outcome)
    }
  }

  @Test func `a score uses what a generation computed`() async throws {
    let engine = try Reference.engine()
    let expected = try await engine.score(Self.prompt, from: 98, salt: "a")
    #expect(engine.statistics.prefixHitTokenCount == 0)
    #expect(try await engine.score(Self.prompt, from: 98, salt: "a") == expected)
    #expect(engine.statistics.prefixHitTokenCount == 96)
    #expect(try await engine.score(Self.prompt, from: 40, salt: "a").suffix(2) == expected[...])
    #expect(engine.statistics.prefixHitTokenCount == 96 + 32)
  }

  @Test func `observations tell of queries, hits and evictions`() async throws {
    let observed = Mutex<[StepObservation]>([])
    let engine = try Reference.engine(options: EngineOptions(blockCount: 6)) { step in
      observed.withLock { $0.append(step) }
    }
    for salt in ["a", "a", "b", "a"] { _ = try await engine.generate(Self.request(salt: salt)) }
    while engine.statistics.isBusy { await Task.yield() }
    let steps = observed.withLock { $0 }
    let statistics = engine.statistics
    #expect(steps.reduce(0) { $0 + $1.prefixQueryTokenCount } == 400)
    #expect(steps.reduce(0) { $0 + $1.prefixHitTokenCount } == Int(statistics.prefixHitTokenCount))
    #expect(steps.reduce(0) { $0 + $1.evictedBlockCount } == Int(statistics.evictedBlockCount))
    #expect(statistics.evictedBlockCount > 0)
    #expect(steps.first?.isDecodeOnly == false && steps.last?.isDecodeOnly == true)
    #expect(steps.allSatisfy { $0.cacheUsage <= 1 } && steps.contains { $0.cacheUsage == 4.0 / 6 })
  }

  @Test func `a request of higher priority takes the place of another, which changes neither`() async throws {
    let engine = try Reference.engine(options: EngineOptions(maximumBatch: 1))
    let low = GenerationRequest(
      promptTokens: [1],
      parameters: GenerationParameters(maxTokens: 400, temperature: 0, seed: 0, ignoreEOS: true)
    )
    let expected = try await engine.generate(low).outcome
    let (ended, ends) = AsyncStream<String>.makeStream()
    let (begun, continuation) = AsyncStream<Void>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        let result = try await engine.generate(low) { if $0.generatedTokenCount == 1 { continuation.yield() } }
        #expect(result.outcome == expected)
        ends.yield("low")
      }
      for await _ in begun { break }
      group.addTask {
        _ = try await engine.generate(Self.request(priority: 1))
        ends.yield("high")
      }
      try await group.waitForAll()
    }
    ends.finish()
    #expect(await ended.reduce(into: []) { $0.append($1) } == ["high", "low"])
    #expect(engine.statistics.preemptionCount == 1)
  }
}
