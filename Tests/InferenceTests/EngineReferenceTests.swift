import Inference
import JSON
import SharedTestData
import Testing
import Tokenizers

@Suite(.needsSharedData) struct EngineReferenceTests {
  @Test func `stories260K continues greedily as its reference does`() async throws {
    let engine = try Reference.engine()
    let greedy = try #require(try Reference.json("stories260K")["greedy"])
    let ids = try #require(greedy["ids"]).integers
    let prompt = try #require(greedy["prompt_ids"]).integers
    let result = try await engine.generate(
      GenerationRequest(
        promptTokens: prompt,
        parameters: GenerationParameters(maxTokens: ids.count - prompt.count, temperature: 0)
      )
    )
    #expect(prompt + result.tokens == ids)
    #expect(result.text == greedy["text"]?.string)
    #expect(result.finishReason == .length)
    #expect(result.promptTokenCount == prompt.count)
  }

  @Test func `zh-poem-750k writes its reference's poems with the unknown token suppressed`() async throws {
    let engine = try Reference.engine("zh-poem-750k")
    for poem in try #require(try Reference.json("zh-poem-750k")["greedy"]?.array) {
      let prompt = try #require(poem["prompt"]?.string)
      let result = try await engine.generate(
        GenerationRequest(
          promptTokens: engine.tokenizer.encode(prompt),
          parameters: GenerationParameters(temperature: 0, logitBias: [0: -100])
        )
      )
      #expect(engine.tokenizer.encode(prompt) + result.tokens == poem["ids"]?.integers)
      #expect(prompt + result.text == poem["text"]?.string)
      #expect(result.finishReason == .stop)
    }
  }

  @Test(arguments: ["stories260K", "zh-poem-750k"])
  func `scores agree with the reference`(model: String) async throws {
    let engine = try Reference.engine(model)
    for text in try #require(try Reference.json(model)["nll"]?.array) {
      let ids = try #require(text["ids"]).integers
      let logProbabilities = try await engine.score(ids)
      #expect(logProbabilities.count == ids.count - 1)
      for (ours, reference) in zip(logProbabilities, text["token_nll"]?.doubles ?? []) {
        let distance = abs(-ours - reference)
        #expect(distance < 1e-4)
      }
      let mean: Double = -logProbabilities.reduce(0, +) / Double(ids.count - 1)
      let reference = try #require(text["mean_nll"]?.double)
      #expect(abs(mean - reference) < 1e-5)
    }
  }

  @Test func `the text goes on where the prompt ends`() async throws {
    let engine = try Reference.engine()
    let whole = try #require(try Reference.json("stories260K")["greedy"]?["text"]?.string)
    for prompt in ["Once", "Once upon", "Once upon a time, there was a little girl named Lily."] {
      let result = try await engine.generate(
        GenerationRequest(
          promptTokens: engine.tokenizer.encode(prompt),
          parameters: GenerationParameters(maxTokens: 40, temperature: 0)
        )
      )
      #expect(whole.hasPrefix(prompt + result.text))
    }
  }
}
