import Executors
import Foundation
import Inference
import JSON
import Jobs
import Queue
import Testing
import Tokenizers

struct GenerateTests {
  private static func parameters(_ change: (inout GenerateParameters) -> Void) -> GenerateParameters {
    var parameters = GenerateParameters(model: "stories", prompt: "Once upon a time")
    parameters.sampling.temperature = 0
    parameters.ending.maxTokens = 6
    change(&parameters)
    return parameters
  }

  private static func body(_ parameters: GenerateParameters, _ model: LoadedModel) async throws -> JSONValue {
    try model.body(
      of: try await model.generate(parameters),
      to: parameters,
      id: "cmpl-1",
      created: Date(timeIntervalSince1970: 7),
      model: "stories@1"
    ).json
  }

  @Test func `a prompt that comes back has its own log-probabilities, and offsets into the text`() async throws {
    let model = try await Stories.load()
    let parameters = Self.parameters {
      $0.output.echo = true
      $0.output.logprobs = .completion(alternatives: 2)
      $0.output.returnsTokenIDs = true
    }
    let choice = try #require(try await Self.body(parameters, model)["choices"]?.array?.first)
    let text = try #require(choice["text"]?.string)
    #expect(text.hasPrefix("Once upon a time, there was"))
    let logprobs = try #require(choice["logprobs"])
    let tokens = (logprobs["tokens"]?.array ?? []).compactMap(\.string)
    let values = try #require(logprobs["token_logprobs"]?.array)
    let offsets = (logprobs["text_offset"]?.array ?? []).compactMap(\.integer)
    let ids = (choice["prompt_token_ids"]?.array ?? []) + (choice["token_ids"]?.array ?? [])
    #expect(tokens.count == ids.count && values.count == ids.count && offsets.count == ids.count)
    #expect(values[0] == .null && logprobs["top_logprobs"]?.array?[0] == .null)
    let scored = try await model.engine.score(ids.compactMap(\.integer))
    #expect(values.dropFirst().compactMap(\.double) == scored)
    for (offset, token) in zip(offsets, tokens).dropFirst(2) {
      #expect(text.dropFirst(offset).hasPrefix(token), "\(offset) \(token)")
    }
    for (place, own) in zip(logprobs["top_logprobs"]?.array ?? [], zip(tokens, values)).dropFirst() {
      #expect(place[own.0] == own.1 && (2...3).contains(place.object?.count ?? 0))
    }
  }

  @Test func `answers are numbered, differ, and are counted together`() async throws {
    let model = try await Stories.load()
    let parameters = Self.parameters {
      $0.sampling.temperature = 1
      $0.sampling.seed = 2
      $0.ending.maxTokens = 80
      $0.ending.ignoresEOS = true
      $0.output.choiceCount = 4
    }
    let body = try await Self.body(parameters, model)
    let choices = try #require(body["choices"]?.array)
    #expect(choices.map { $0["index"]?.integer } == [0, 1, 2, 3])
    #expect(Set(choices.compactMap { $0["text"]?.string }).count == 4)
    #expect(body["usage"]?["completion_tokens"] == 320)
    var alone = parameters
    alone.output.choiceCount = 1
    let first = try #require(try await Self.body(alone, model)["choices"]?.array?.first)
    #expect(first.canonicalText == choices[0].canonicalText)
  }

  @Test func `messages without a template are refused with the way out`() async throws {
    let model = try await Stories.load()
    let conversation = Conversation(messages: [["role": "user", "content": "hi"]])
    let error = await #expect(throws: JobError.self) {
      try await model.generate(GenerateParameters(model: "stories", input: .conversation(conversation)))
    }
    #expect(error?.code == .invalidValue && error?.param == "messages")
    #expect(error?.message.contains("prompt") == true)
  }

  private struct Plain: ConversationTemplate {
    func prompt(for conversation: Conversation, now: Date) throws -> String {
      "<s>" + conversation.messages.compactMap { $0["content"]?.string }.joined()
    }
  }

  @Test func `messages go through the template, which writes its own special tokens`() async throws {
    var model = try await Stories.load()
    model.template = Plain()
    let conversation = Conversation(messages: [["role": "user", "content": "Once upon a time"]])
    var parameters = GenerateParameters(model: "stories", input: .conversation(conversation))
    parameters.sampling.temperature = 0
    parameters.ending.maxTokens = 3
    parameters.output.logprobs = .chat(alternatives: 3)
    parameters.output.returnsTokenIDs = true
    let body = try await Self.body(parameters, model)
    #expect(body["object"] == "chat.completion")
    #expect(body["prompt_token_ids"]?.array?.compactMap(\.integer) == model.tokenizer.encode("Once upon a time"))
    let choice = try #require(body["choices"]?.array?.first)
    #expect(choice["message"]?["content"]?.string?.hasPrefix(", there") == true)
    let content = try #require(choice["logprobs"]?["content"]?.array)
    #expect(content.count == 3 && content[0]["token"] == "," && content[0]["bytes"] == [44])
    #expect(content[0]["top_logprobs"]?.array?.first?["token"] == ",")
    #expect(content[0]["top_logprobs"]?.array?.count == 3)
  }

  @Test func `an answer keeps to its response format and ends with it`() async throws {
    let model = try await Stories.load()
    let parameters = Self.parameters {
      $0.output.responseFormat = .regex("(red|blue) ball[.]")
      $0.ending.maxTokens = 20
    }
    let body = try await Self.body(parameters, model)
    let choice = try #require(body["choices"]?.array?.first)
    #expect(choice["finish_reason"] == "stop")
    #expect(["red ball.", "blue ball."].contains(choice["text"]?.string))
  }

  @Test(arguments: [.regex(#"(a)\1"#), .jsonSchema([:]), .jsonSchema(["type": "array"])] as [ResponseFormat])
  func `a response format that cannot be kept is refused and not ignored`(format: ResponseFormat) async throws {
    let model = try await Stories.load()
    let error = await #expect(throws: JobError.self) {
      try await model.generate(Self.parameters { $0.output.responseFormat = format })
    }
    #expect(error?.param == "response_format" && error?.code == .invalidValue)
  }
}
