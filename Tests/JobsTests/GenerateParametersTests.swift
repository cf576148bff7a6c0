import JSON
import Jobs
import Testing

struct GenerateParametersTests {
  @Test func `a body with only model and prompt has the described defaults`() throws {
    let parameters = try GenerateParameters(json: ["model": "m@1", "prompt": "Once"])
    let described = Dictionary(
      uniqueKeysWithValues: GenerateParameters.descriptions.map { ($0.name, $0.defaultValue) }
    )
    let (sampling, ending) = (parameters.sampling, parameters.ending)
    #expect(described["max_tokens"] == JSONValue(ending.maxTokens))
    #expect(described["min_tokens"] == JSONValue(ending.minTokens))
    #expect(described["ignore_eos"] == .bool(ending.ignoresEOS))
    #expect(described["include_stop_str_in_output"] == .bool(ending.includesStop))
    #expect(described["temperature"]??.double == sampling.temperature)
    #expect(described["top_k"] == JSONValue(sampling.topK))
    #expect(described["top_p"]??.double == sampling.topP)
    #expect(described["min_p"]??.double == sampling.minP)
    #expect(described["repetition_penalty"]??.double == sampling.repetitionPenalty)
    #expect(described["frequency_penalty"]??.double == sampling.frequencyPenalty)
    #expect(described["presence_penalty"]??.double == sampling.presencePenalty)
    #expect(described["n"] == JSONValue(parameters.output.choiceCount))
    #expect(described["echo"] == .bool(parameters.output.echo))
    #expect(described["return_token_ids"] == .bool(parameters.output.returnsTokenIDs))
    #expect(sampling.seed == nil && ending.stop.isEmpty && sampling.logitBias.isEmpty)
  }

  @Test func `everything that is set survives the way through JSON`() throws {
    var parameters = GenerateParameters(model: "m@1", promptTokens: [1, 2, 3])
    parameters.ending.maxTokens = 7
    parameters.ending.minTokens = 2
    parameters.ending.stop = ["\n", "。"]
    parameters.ending.stopTokenIDs = [5]
    parameters.ending.includesStop = true
    parameters.ending.ignoresEOS = true
    parameters.sampling.temperature = 0.5
    parameters.sampling.topK = 40
    parameters.sampling.topP = 0.9
    parameters.sampling.minP = 0.1
    parameters.sampling.repetitionPenalty = 1.1
    parameters.sampling.frequencyPenalty = -0.5
    parameters.sampling.presencePenalty = 0.25
    parameters.sampling.seed = UInt64(Int64.max)
    parameters.sampling.logitBias = [3: -100, 11: 0.25]
    parameters.output.choiceCount = 3
    parameters.output.logprobs = .completion(alternatives: 2)
    parameters.output.echo = true
    parameters.output.returnsTokenIDs = true
    parameters.user = "someone"
    #expect(try GenerateParameters(json: parameters.json) == parameters)
  }

  @Test(
    arguments: [
      .jsonObject, .regex("[a-z]+"), .jsonSchema(["type": "object", "properties": ["a": ["type": "integer"]]]),
    ] as [ResponseFormat]
  )
  func `a conversation and its format survive the way through JSON`(format: ResponseFormat) throws {
    var conversation = Conversation(messages: [["role": "user", "content": "hello"]])
    conversation.tools = [["type": "function"]]
    conversation.documents = [["text": "a"]]
    conversation.templateArguments = ["enable_thinking": false]
    conversation.addsGenerationPrompt = false
    var parameters = GenerateParameters(model: "m@1", input: .conversation(conversation))
    parameters.output.logprobs = .chat(alternatives: 20)
    parameters.output.responseFormat = format
    let again = try GenerateParameters(json: parameters.json)
    // The way through a decoder loses the order of keys.
    #expect(try again.json.canonicalText == parameters.json.canonicalText)
    #expect(again.output.logprobs == parameters.output.logprobs)
  }

  @Test func `the text parts of a message are joined by line feeds`() throws {
    let message: JSONValue = [
      "role": "user", "content": [["type": "text", "text": "one"], ["type": "text", "text": "two"]],
    ]
    #expect(Conversation(messages: [message]).messages == [["role": "user", "content": "one\ntwo"]])
  }

  @Test func `one stop text may stand without an array`() throws {
    #expect(try GenerateParameters(json: ["model": "m", "prompt": "", "stop": "x"]).ending.stop == ["x"])
  }

  @Test func `a prompt may be token ids`() throws {
    let parameters = try GenerateParameters(json: ["model": "m", "prompt": [1, 2]])
    #expect(parameters == GenerateParameters(model: "m", promptTokens: [1, 2]))
  }

  @Test(
    arguments: [
      ["model": "m"], ["model": "m", "prompt": "a", "prompt_tokens": [1]], ["prompt": "a"],
      ["model": "m", "prompt": "a", "max_tokens": "secret"], ["model": "m", "prompt": "a", "logit_bias": ["x": 1]],
    ] as [JSONValue]
  )
  func `a body that does not fit is an error that names the place and not the value`(body: JSONValue) {
    let error = #expect(throws: JobBodyError.self) { try GenerateParameters(json: body) }
    #expect(error?.description.contains("secret") == false)
  }

  @Test func `the result is a text completion as OpenAI's clients read it`() throws {
    let result = GenerateResult(
      id: "cmpl-1",
      created: 1,
      model: "m@1",
      choices: [.init(answer: .text("hi"), finishReason: .stop)],
      usage: TokenUsage(promptTokens: 2, completionTokens: 3),
      systemFingerprint: "fp"
    )
    let expected: JSONValue = [
      "id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m@1",
      "choices": [["index": 0, "text": "hi", "finish_reason": "stop", "logprobs": nil]],
      "usage": ["prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5], "system_fingerprint": "fp",
    ]
    #expect(try result.json.canonicalText == expected.canonicalText)
    #expect(try GenerateResult(json: result.json) == result)
  }

  @Test func `an answer to messages is a chat completion`() throws {
    let token = ChatLogprob.Alternative(token: "hi", logprob: -0.5, bytes: [104, 105])
    let result = GenerateResult(
      id: "chatcmpl-1",
      created: 1,
      model: "m@1",
      choices: [
        .init(
          answer: .message("hi"),
          finishReason: .length,
          logprobs: .chat([ChatLogprob(token, topLogprobs: [token])])
        )
      ],
      usage: TokenUsage(promptTokens: 2, completionTokens: 1),
      systemFingerprint: "fp",
      promptTokenIDs: [1, 2]
    )
    let word: JSONValue = ["token": "hi", "logprob": -0.5, "bytes": [104, 105]]
    let content: JSONValue = ["token": "hi", "logprob": -0.5, "bytes": [104, 105], "top_logprobs": [word]]
    let expected: JSONValue = [
      "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m@1",
      "choices": [
        [
          "index": 0, "message": ["role": "assistant", "content": "hi"], "finish_reason": "length",
          "logprobs": ["content": [content]],
        ]
      ],
      "usage": ["prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3], "system_fingerprint": "fp",
      "prompt_token_ids": [1, 2],
    ]
    #expect(try result.json.canonicalText == expected.canonicalText)
    #expect(try GenerateResult(json: result.json) == result)
  }
}
