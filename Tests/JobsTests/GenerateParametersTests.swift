import JSON
import Jobs
import Testing

struct GenerateParametersTests {
  @Test func `a body with only model and prompt has the described defaults`() throws {
    let parameters = try GenerateParameters(json: ["model": "m@1", "prompt": "Once"])
    let described = Dictionary(
      uniqueKeysWithValues: GenerateParameters.descriptions.map { ($0.name, $0.defaultValue) }
    )
    #expect(described["max_tokens"] == JSONValue(parameters.maxTokens))
    #expect(described["temperature"]??.double == parameters.temperature)
    #expect(described["top_k"] == JSONValue(parameters.topK))
    #expect(described["top_p"]??.double == parameters.topP)
    #expect(described["ignore_eos"] == .bool(parameters.ignoreEOS))
    #expect(parameters.seed == nil && parameters.stop.isEmpty && parameters.logitBias.isEmpty)
  }

  @Test func `everything that is set survives the way through JSON`() throws {
    var parameters = GenerateParameters(model: "m@1", promptTokens: [1, 2, 3])
    parameters.maxTokens = 7
    parameters.temperature = 0.5
    parameters.topK = 40
    parameters.topP = 0.9
    parameters.stop = ["\n", "。"]
    parameters.stopTokenIDs = [5]
    parameters.seed = UInt64(Int64.max)
    parameters.logitBias = [3: -100, 11: 0.25]
    parameters.ignoreEOS = true
    #expect(try GenerateParameters(json: parameters.json) == parameters)
  }

  @Test func `one stop text may stand without an array`() throws {
    #expect(try GenerateParameters(json: ["model": "m", "prompt": "", "stop": "x"]).stop == ["x"])
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
      choices: [.init(text: "hi", finishReason: .stop)],
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
}
