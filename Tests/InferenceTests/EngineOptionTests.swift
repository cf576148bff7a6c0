import Foundation
import Inference
import JSON
import Models
import SharedTestData
import Testing

/// Parameters that only the engine can show. The greedy story of stories260K is known (reference.json).
@Suite(.needsSharedData) struct EngineOptionTests {
  private static func request(
    _ parameters: GenerationParameters,
    choice: Int = 0,
    constraint: (any TokenConstraint)? = nil
  ) -> GenerationRequest {
    GenerationRequest(promptTokens: [1], parameters: parameters, choice: choice, constraint: constraint)
  }

  @Test func `log-probabilities are those of the model, whatever the sampling`() async throws {
    let engine = try Reference.engine()
    let parameters = GenerationParameters(
      maxTokens: 40,
      temperature: 1.7,
      topK: 20,
      penalties: Penalties(repetition: 1.3, frequency: 0.5),
      seed: 3,
      logitBias: [403: 2],
      alternativeCount: 5
    )
    let result = try await engine.generate(Self.request(parameters))
    let scores = try await engine.score([1] + result.tokens, from: 1, alternativeCount: 5)
    #expect(result.scores == scores)
    #expect(result.scores.map(\.token) == result.tokens)
    for score in scores {
      #expect(score.alternatives.count == 5)
      #expect(score.alternatives.map(\.logProbability) == score.alternatives.map(\.logProbability).sorted(by: >))
      #expect(score.alternatives[0].logProbability >= score.logProbability)
    }
  }

  @Test func `alternatives are the reference's likeliest tokens`() async throws {
    let engine = try Reference.engine()
    let text = try #require(try Reference.json("stories260K")["nll"]?.array?.first)
    let ids = try #require(text["ids"]).integers
    let all = try await engine.score(ids, from: 1, alternativeCount: 20)
    for (score, nll) in zip(all, text["token_nll"]?.doubles ?? []) {
      #expect(abs(score.logProbability + nll) < 1e-4)
      // A softmax sums to 1: what 20 tokens have together cannot be more.
      let mass = score.alternatives.reduce(0.0) { $0 + exp($1.logProbability) }
      #expect(mass <= 1.0001)
    }
  }

  @Test func `a score may begin anywhere, in chunks of any size`() async throws {
    let text = try #require(try Reference.json("stories260K")["nll"]?.array?.first)
    let ids = try #require(text["ids"]).integers
    let whole = try await Reference.engine().score(ids, from: 1)
    let engine = try Reference.engine(options: EngineOptions(maximumBatch: 2, tokenBudget: 8, prefillChunk: 5))
    for first in [1, 2, 5, 6, ids.count - 1] {
      #expect(try await engine.score(ids, from: first) == Array(whole[(first - 1)...]))
    }
    await #expect(throws: InferenceError.emptyPrompt) { try await engine.score(ids, from: ids.count) }
  }

  @Test func `choices draw from streams of their own, and are the same alone and together`() async throws {
    let engine = try Reference.engine()
    let requests = (0..<6).map { Self.request(GenerationParameters(maxTokens: 30, seed: 8), choice: $0) }
    let together = try await engine.generateAll(requests)
    #expect(Set(together.map(\.tokens)).count == 6)
    #expect(Set(together.map(\.seed)) == [8])
    for (request, result) in zip(requests, together) {
      #expect(try await engine.generate(request).outcome == result.outcome)
    }
  }

  @Test func `before min_tokens neither a stop token nor a stop text ends an answer`() async throws {
    let engine = try Reference.engine()
    // "Once upon a time, there was a little girl named Lily. …": token 432 is the comma.
    let stopped = try await engine.generate(
      Self.request(GenerationParameters(maxTokens: 30, temperature: 0, stopTokenIDs: [432]))
    )
    let atLeast = stopped.tokens.count + 5
    let banned = try await engine.generate(
      Self.request(GenerationParameters(maxTokens: 30, minTokens: atLeast, temperature: 0, stopTokenIDs: [432]))
    )
    #expect(banned.tokens.count >= atLeast)
    #expect(!banned.tokens.prefix(atLeast).contains(432))
    let early = try await engine.generate(
      Self.request(GenerationParameters(maxTokens: 40, temperature: 0, stop: ["a"]))
    )
    let late = try await engine.generate(
      Self.request(GenerationParameters(maxTokens: 40, minTokens: 12, temperature: 0, stop: ["a"]))
    )
    #expect(early.tokens.count < 12 && late.tokens.count > 12)
    #expect(late.text.hasPrefix(early.text + "a") && late.finishReason == .stop)
  }

  @Test func `a stop text is returned where it is asked for`() async throws {
    let engine = try Reference.engine()
    let result = try await engine.generate(
      Self.request(GenerationParameters(maxTokens: 50, temperature: 0, stop: ["girl nam"], includesStop: true))
    )
    #expect(result.text == "Once upon a time, there was a little girl nam")
    let token = try await engine.generate(
      Self.request(GenerationParameters(maxTokens: 50, temperature: 0, stopTokenIDs: [432], includesStop: true))
    )
    #expect(token.text == "Once upon a time,")
  }

  @Test func `penalties make a greedy answer leave its loop`() async throws {
    let engine = try Reference.engine()
    func generate(_ penalties: Penalties) async throws -> [Int] {
      try await engine.generate(
        Self.request(GenerationParameters(maxTokens: 200, temperature: 0, penalties: penalties, ignoreEOS: true))
      ).tokens
    }
    let plain = Set(try await generate(Penalties())).count
    #expect(Set(try await generate(Penalties(repetition: 1.5))).count > plain)
    #expect(Set(try await generate(Penalties(frequency: 1))).count > plain)
    #expect(Set(try await generate(Penalties(presence: 2))).count > plain)
  }
}

/// Lets through `length` tokens of a set, then EOS.
private struct FixedLength: TokenConstraint {
  let tokens: [Int]
  let length: Int
  var count = 0

  mutating func advance(_ token: Int) { count += 1 }

  func fill(mask: inout [UInt64]) {
    guard count < length else { return }
    for token in tokens { mask[token / 64] |= 1 << UInt64(token % 64) }
  }

  var isComplete: Bool { count == length }
}

@Suite(.needsSharedData) struct EngineConstraintTests {
  @Test(arguments: [0.0, 1.5])
  func `only tokens of the mask come, and EOS once the form is complete`(temperature: Double) async throws {
    let engine = try Reference.engine()
    let allowed = [263, 300, 411, 507]
    for seed in 0..<5 as Range<UInt64> {
      let result = try await engine.generate(
        GenerationRequest(
          promptTokens: [1],
          parameters: GenerationParameters(maxTokens: 50, temperature: temperature, topP: 0.9, seed: seed),
          constraint: FixedLength(tokens: allowed, length: 7)
        )
      )
      #expect(Set(result.tokens.dropLast()).isSubset(of: allowed))
      #expect(engine.configuration.eosTokenIDs.contains(result.tokens[7]))
      #expect(result.tokens.count == 8 && result.finishReason == .stop)
    }
  }

  @Test func `an answer whose form is complete ends even where EOS may not come`() async throws {
    let engine = try Reference.engine()
    let result = try await engine.generate(
      GenerationRequest(
        promptTokens: [1],
        parameters: GenerationParameters(maxTokens: 50, minTokens: 20, temperature: 0),
        constraint: FixedLength(tokens: [263], length: 3)
      )
    )
    #expect(result.tokens == [263, 263, 263] && result.finishReason == .stop)
    #expect(engine.statistics.usedBlockCount == 0)
  }

  @Test func `a form that lets nothing follow and is not complete is an error`() async throws {
    let engine = try Reference.engine()
    await #expect(throws: InferenceError.invalidLogits(position: 0)) {
      try await engine.generate(
        GenerationRequest(
          promptTokens: [1],
          parameters: GenerationParameters(maxTokens: 5),
          constraint: FixedLength(tokens: [], length: 3)
        )
      )
    }
  }
}
