import JSON
import Jobs
import Testing

struct PrecisionTests {
  private static let score = ScoreParameters(model: "m@1", prompt: .text("a"), choices: [.text("b")])
  private static let embed = EmbedParameters(model: "m@1", input: [.text("a")])

  @Test(arguments: WeightPrecision.allCases, [nil] + ContextPrecision.allCases)
  func `a precision survives the way through JSON, in all kinds`(weights: WeightPrecision, context: ContextPrecision?)
    throws
  {
    var generate = GenerateParameters(model: "m@1", prompt: "a")
    generate.precision = RequestedPrecision(weights: weights, context: context)
    #expect(try generate.json["precision"] == .string(weights.rawValue))
    #expect(try generate.json["kv_precision"] == context.map { .string($0.rawValue) })
    #expect(try GenerateParameters(json: generate.json) == generate)
    var score = Self.score
    score.precision = generate.precision
    #expect(try ScoreParameters(json: score.json) == score)
    var embed = Self.embed
    embed.precision = weights
    #expect(try EmbedParameters(json: embed.json) == embed)
  }

  @Test func `a job that names none leaves it to the model`() throws {
    let generate = GenerateParameters(model: "m@1", prompt: "a")
    #expect(generate.precision == RequestedPrecision())
    for json in [try generate.json, try Self.score.json, try Self.embed.json] {
      #expect(json["precision"] == nil && json["kv_precision"] == nil)
    }
  }

  @Test(
    arguments: [
      (["precision": "int8"], "precision", #"one of "f32", "bf16", "q8", "q4""#),
      (["kv_precision": "q4"], "kv_precision", #"one of "f32", "bf16", "q8""#),
      (["precison": "q8"], "precison", #"did you mean "precision"?"#),
      (["kv_precission": "q8"], "kv_precission", #"did you mean "kv_precision"?"#),
    ] as [(JSONObject, String, String)]
  )
  func `a wrong precision is refused with those that there are`(members: JSONObject, param: String, said: String) {
    var parameters: JSONObject = ["model": "m", "prompt": "a"]
    for (name, value) in members { parameters[name] = value }
    let refusal = #expect(throws: ParameterRefusal.self) {
      try ParameterCheck<GenerateParameters>().accepted(.object(parameters))
    }
    #expect(refusal?.param == param && refusal?.message.contains(said) == true)
  }

  @Test func `cached tokens of a prompt stand where OpenAI puts them`() throws {
    let usage = TokenUsage(promptTokens: 70, completionTokens: 3, cachedTokens: 64)
    let expected: JSONValue = [
      "prompt_tokens": 70, "completion_tokens": 3, "total_tokens": 73, "prompt_tokens_details": ["cached_tokens": 64],
    ]
    #expect(usage.json.canonicalText == expected.canonicalText)
    #expect(TokenUsage(promptTokens: 1, completionTokens: 0).json["prompt_tokens_details"] == nil)
    let body = GenerateResult(
      id: "cmpl-1",
      created: 1,
      model: "m@1",
      choices: [.init(answer: .text("hi"), finishReason: .stop)],
      usage: usage,
      systemFingerprint: "fp"
    )
    #expect(try body.json["usage"]?.canonicalText == expected.canonicalText)
    #expect(try GenerateResult(json: body.json).usage == usage)
  }
}
