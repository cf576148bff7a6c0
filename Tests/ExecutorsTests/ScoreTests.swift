import Executors
import Inference
import JSON
import Jobs
import Queue
import Testing
import Tokenizers

struct ScoreTests {
  @Test func `choices are scored after the prompt and ranked`() async throws {
    let model = try await Stories.load()
    let choices = [" time", " banana", " time, there was a little"]
    let parameters = ScoreParameters(model: "stories", prompt: .text("Once upon a"), choices: choices.map { .text($0) })
    let result = try await model.score(parameters, model: "stories@1")
    #expect(result.best == 0)
    #expect(result.data.map(\.index) == [0, 1, 2])
    #expect(Set(result.data.map(\.rank)) == [1, 2, 3])
    let prompt = model.tokenizer.encode("Once upon a")
    for (choice, scored) in zip(choices, result.data) {
      let whole = model.tokenizer.encode("Once upon a" + choice)
      let all = try await model.engine.score(whole)
      #expect(scored.tokenIDs == Array(whole[prompt.count...]))
      #expect(scored.tokenLogprobs == Array(all[(prompt.count - 1)...]))
      #expect(scored.logprob == scored.tokenLogprobs.reduce(0, +))
      #expect(scored.tokens.joined() == choice)
      #expect(scored.logprobPerByte == scored.logprob / Double(choice.utf8.count))
    }
    let json = try result.json
    #expect(json["best"] == 0 && json["data"]?.array?.count == 3)
  }

  @Test(arguments: [ScoreParameters.Normalization.none, .tokens, .bytes])
  func `the best choice is that of the normalization`(normalization: ScoreParameters.Normalization) async throws {
    let model = try await Stories.load()
    var parameters = ScoreParameters(
      model: "stories",
      prompt: .text("Once upon a time"),
      choices: [" and", ".", ", there was a little girl named Lily.", " banana"].map { .text($0) }
    )
    parameters.normalization = normalization
    let result = try await model.score(parameters, model: "m")
    let values = result.data.map { choice in
      switch normalization {
      case .none: choice.logprob
      case .tokens: choice.logprob / Double(choice.tokenIDs.count)
      case .bytes: choice.logprobPerByte
      }
    }
    #expect(values[result.best] == values.max())
    #expect(result.data.sorted { $0.rank < $1.rank }.map { values[$0.index] } == values.sorted(by: >))
  }

  @Test func `token ids are scored as they are`() async throws {
    let model = try await Stories.load()
    let ids = model.tokenizer.encode("Once upon a time")
    let split = ids.count - 2
    let result = try await model.score(
      ScoreParameters(model: "m", prompt: .tokens(Array(ids[..<split])), choices: [.tokens(Array(ids[split...]))]),
      model: "m"
    )
    #expect(result.data[0].tokenLogprobs == Array(try await model.engine.score(ids).suffix(2)))
    #expect(result.usage.promptTokens == ids.count)
  }
}
