import Inference
import Models
import SharedTestData
import Tensors
import Testing

/// Law 5: the tokens of a request depend on model, request and seed alone.
@Suite(.needsSharedData) struct EngineDeterminismTests {
  struct Model: Sendable, Hashable, CustomTestStringConvertible {
    let name: String
    var precision = ModelPrecision()

    var testDescription: String { "\(name) \(precision.weights.rawValue), keys \(precision.keyValues.rawValue)" }
  }

  static let models =
    [Model(name: "zh-poem-750k")]
    + [
      ModelPrecision(), ModelPrecision(weights: .bfloat16), ModelPrecision(weights: .int8),
      ModelPrecision(weights: .int4), ModelPrecision(weights: .int8, keyValues: .int8),
    ].map { Model(name: "stories260K", precision: $0) }

  /// What an engine is made of besides its model.
  struct Setting: Sendable, CustomTestStringConvertible {
    let name: String
    var threads = 2
    var options = EngineOptions(maximumBatch: 32)

    var testDescription: String { name }
  }

  static let settings = [
    Setting(name: "one thread", threads: 1),
    Setting(name: "two threads"),
    Setting(name: "four threads, small batch", threads: 4, options: EngineOptions(maximumBatch: 3, tokenBudget: 40)),
    Setting(name: "no prefix cache", options: EngineOptions(maximumBatch: 32, usesPrefixCache: false)),
    Setting(name: "chunks of 1", options: EngineOptions(maximumBatch: 32, tokenBudget: 64, prefillChunk: 1)),
    Setting(name: "chunks of 7", threads: 1, options: EngineOptions(maximumBatch: 7, tokenBudget: 7, prefillChunk: 7)),
    Setting(name: "chunks of 64", options: EngineOptions(maximumBatch: 32, tokenBudget: 256, prefillChunk: 64)),
    Setting(name: "whole prompts", options: EngineOptions(maximumBatch: 32, tokenBudget: 8192, prefillChunk: 512)),
    // 20 blocks for 32 requests of up to 13: most of them give way several times.
    Setting(
      name: "few blocks",
      options: EngineOptions(maximumBatch: 32, tokenBudget: 128, prefillChunk: 50, blockCount: 20)
    ),
    Setting(
      name: "few blocks, no prefix cache",
      options: EngineOptions(maximumBatch: 32, tokenBudget: 128, blockCount: 20, usesPrefixCache: false)
    ),
  ]

  /// Prompts from one token to hundreds, many with a common beginning, every kind of sampling.
  static func requests(_ engine: InferenceEngine, count: Int) -> [GenerationRequest] {
    var generator = SeededGenerator(state: 2024)
    let vocabularySize = engine.configuration.vocabularySize
    func random() -> Int { Int.random(in: 3..<vocabularySize, using: &generator) }
    let common = (0..<300).map { _ in random() }
    return (0..<count).map { index in
      let lengths = [1, 2, 31, 32, 33, 64, 65, 96, 150, 300].filter { $0 < engine.configuration.maxPositionCount }
      let length = lengths.randomElement(using: &generator) ?? 1
      let commonCount = [0, 30, 100, 300].randomElement(using: &generator) ?? 0
      return GenerationRequest(
        promptTokens: (0..<length).map { $0 < commonCount ? common[$0] : random() },
        parameters: GenerationParameters(
          maxTokens: Int.random(in: 1...50, using: &generator),
          temperature: [0, 0.7, 1, 1.3][index % 4],
          topK: index % 3 == 0 ? 40 : nil,
          topP: index % 5 == 0 ? 0.9 : 1,
          minP: index % 7 == 1 ? 0.05 : 0,
          penalties: index % 4 < 2 ? Penalties(repetition: 1.2, frequency: 0.3, presence: -0.2) : Penalties(),
          stop: index % 7 == 0 ? ["Tom"] : [],
          seed: UInt64(index),
          logitBias: index % 6 == 0 ? [410: -1.5, 432: 2] : [:]
        ),
        salt: index % 8 == 0 ? "another submitter" : "",
        priority: index % 9 == 0 ? 1 : 0
      )
    }
  }

  @Test(arguments: models, settings)
  func `32 requests together give what each gives alone`(model: Model, setting: Setting) async throws {
    let engine = try Reference.engine(
      model.name,
      precision: model.precision,
      threads: setting.threads,
      options: setting.options
    )
    let requests = Self.requests(engine, count: 32)
    let alone = try await Alone.outcomes(of: model)
    // The second time their prompts are in the cache.
    for _ in 0..<2 {
      let together = try await engine.generateAll(requests)
      #expect(together.map(\.outcome) == alone)
    }
    let statistics = engine.statistics
    if setting.options.blockCount != nil { #expect(statistics.preemptionCount > 0) }
    #expect((statistics.prefixHitTokenCount > 0) == setting.options.usesPrefixCache)
    #expect(statistics.usedBlockCount == 0)
  }

  /// What the requests give one after the other, without a prefix cache, prompts whole, on one thread.
  private actor Alone {
    private static let shared = Alone()
    private var known: [Model: [[String]]] = [:]

    static func outcomes(of model: Model) async throws -> [[String]] { try await shared.compute(model) }

    private func compute(_ model: Model) async throws -> [[String]] {
      if let outcomes = known[model] { return outcomes }
      let engine = try Reference.engine(
        model.name,
        precision: model.precision,
        threads: 1,
        options: EngineOptions(maximumBatch: 1, tokenBudget: 512, prefillChunk: 512, usesPrefixCache: false)
      )
      var outcomes: [[String]] = []
      for request in EngineDeterminismTests.requests(engine, count: 32) {
        outcomes.append(try await engine.generate(request).outcome)
      }
      known[model] = outcomes
      return outcomes
    }
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

  @Test(arguments: models)
  func `scores do not depend on chunks, threads, company or cache`(model: Model) async throws {
    let whole = try Reference.engine(
      model.name,
      precision: model.precision,
      threads: 1,
      options: EngineOptions(usesPrefixCache: false)
    )
    let ids = Self.requests(whole, count: 64).map(\.promptTokens).filter { $0.count > 1 }
    let crowded = try Reference.engine(
      model.name,
      precision: model.precision,
      threads: 2,
      options: EngineOptions(maximumBatch: 8, tokenBudget: 48, prefillChunk: 17, blockCount: 16)
    )
    async let generated = crowded.generateAll(Self.requests(crowded, count: 8))
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
