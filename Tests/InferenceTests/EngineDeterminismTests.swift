import Inference
import SharedTestData
import Testing
import Tokenizers

/// Law 5: the tokens of a request depend on model, request and seed alone.
@Suite(.needsSharedData) struct EngineDeterminismTests {
  /// Prompts from one token to hundreds, every kind of sampling.
  static func requests(_ tokenizer: Tokenizer, count: Int) -> [GenerationRequest] {
    var generator = SeededGenerator(state: 2024)
    let story = tokenizer.encode(
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the park with her friend Tom."
    )
    return (0..<count).map { index in
      let length = [1, 2, 31, 32, 33, 64, 150, 300].randomElement(using: &generator) ?? 1
      let prompt = (0..<length).map { $0 < story.count ? story[$0] : Int.random(in: 3..<512, using: &generator) }
      return GenerationRequest(
        promptTokens: prompt,
        parameters: GenerationParameters(
          maxTokens: Int.random(in: 1...100, using: &generator),
          temperature: [0, 0.7, 1, 1.3][index % 4],
          topK: index % 3 == 0 ? 40 : nil,
          topP: index % 5 == 0 ? 0.9 : 1,
          minP: index % 7 == 1 ? 0.05 : 0,
          penalties: index % 4 < 2 ? Penalties(repetition: 1.2, frequency: 0.3, presence: -0.2) : Penalties(),
          stop: index % 7 == 0 ? ["Tom"] : [],
          seed: UInt64(index),
          logitBias: index % 6 == 0 ? [410: -1.5, 432: 2] : [:]
        )
      )
    }
  }

  private static func alone(_ requests: [GenerationRequest]) async throws -> [[String]] {
    let engine = try Reference.engine(
      threads: 1,
      options: EngineOptions(maximumBatch: 1, tokenBudget: 512, prefillChunk: 512)
    )
    var outcomes: [[String]] = []
    for request in requests { outcomes.append(try await engine.generate(request).outcome) }
    return outcomes
  }

  @Test(arguments: [
    (2, EngineOptions(maximumBatch: 32)),
    (1, EngineOptions(maximumBatch: 7, tokenBudget: 7, prefillChunk: 3)),
    (2, EngineOptions(maximumBatch: 32, tokenBudget: 64, prefillChunk: 1)),
    (4, EngineOptions(maximumBatch: 3, tokenBudget: 40, prefillChunk: 33)),
    // 20 blocks for 32 requests of up to 13: most of them give way several times.
    (2, EngineOptions(maximumBatch: 32, tokenBudget: 128, prefillChunk: 50, blockCount: 20)),
  ])
  func `32 requests together give what each gives alone`(threads: Int, options: EngineOptions) async throws {
    let engine = try Reference.engine(threads: threads, options: options)
    let requests = Self.requests(engine.tokenizer, count: 32)
    let together = try await engine.generateAll(requests)
    let alone = try await Self.alone(requests)
    #expect(together.map(\.outcome) == alone)
    #expect((engine.statistics.preemptionCount > 0) == (options.blockCount == 20))
    #expect(engine.statistics.usedBlockCount == 0)
  }

  @Test func `a seed repeats a text and another seed gives another`() async throws {
    let engine = try Reference.engine()
    func text(_ seed: UInt64?) async throws -> GenerationResult {
      try await engine.generate(
        GenerationRequest(promptTokens: [1], parameters: GenerationParameters(maxTokens: 60, seed: seed))
      )
    }
    let first = try await text(nil)
    let again = try await text(first.seed)
    let other = try await text(first.seed &+ 1)
    #expect(again.outcome == first.outcome)
    #expect(other.tokens != first.tokens)
  }

  @Test func `scores do not depend on chunks, threads or company`() async throws {
    let tokenizer = try Reference.engine().tokenizer
    let ids = Self.requests(tokenizer, count: 64).map(\.promptTokens).filter { $0.count > 1 }
    let whole = try Reference.engine(threads: 1)
    let crowded = try Reference.engine(
      threads: 2,
      options: EngineOptions(maximumBatch: 8, tokenBudget: 48, prefillChunk: 17, blockCount: 16)
    )
    async let generated = crowded.generateAll(Self.requests(tokenizer, count: 8))
    let scores = try await withThrowingTaskGroup(of: (Int, [Double]).self) { group in
      for (index, ids) in ids.enumerated() { group.addTask { (index, try await crowded.score(ids)) } }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for (index, ids) in ids.enumerated() {
      let expected = try await whole.score(ids)
      #expect(scores[index] == expected)
    }
    let generatedCount = try await generated.count
    #expect(generatedCount == 8)
  }
}
