import Executors
import Foundation
import Inference
import JSON
import Jobs
import Models
import Tensors
import Testing

struct LoadedModelTests {
  @Test func `greedy text is what the checkpoint's trainer published`() async throws {
    let model = try await Stories.load(threads: 2)
    var parameters = GenerateParameters(model: "stories", prompt: "")
    parameters.sampling.temperature = 0
    parameters.ending.maxTokens = 60
    let answers = try await model.generate(parameters)
    #expect(
      answers.choices[0].text.hasPrefix(
        "Once upon a time, there was a little girl named Lily. She loved to play outside"
      )
    )
  }

  @Test func `the fingerprint tells weights, kernels and precisions apart, and not threads`() async throws {
    let one = try await Stories.load(threads: 1).fingerprint
    #expect(try await Stories.load(threads: 2).fingerprint == one)
    #expect(try await Stories.load(threads: 1, content: "other weights").fingerprint != one)
    #expect(try await Stories.load(threads: 1, level: .portable).fingerprint != one)
    let precisions = [.float32, .bfloat16, .int8, .int4].flatMap { weights in
      KeyValuePrecision.allCases.map { ModelPrecision(weights: weights, keyValues: $0) }
    }
    var fingerprints: Set<String> = []
    for precision in precisions { fingerprints.insert(try await Stories.load(precision: precision).fingerprint) }
    #expect(fingerprints.contains(one) && fingerprints.count == precisions.count)
    #expect(one.wholeMatch(of: /fp_[0-9a-f]{16}/) != nil)
  }

  @Test func `a body is OpenAI's`() async throws {
    let model = try await Stories.load(threads: 1)
    var parameters = GenerateParameters(model: "stories", prompt: "Once upon a time")
    parameters.ending.maxTokens = 3
    parameters.sampling.seed = 5
    let body = model.body(
      of: try await model.generate(parameters),
      to: parameters,
      id: "cmpl-1",
      created: Date(timeIntervalSince1970: 7),
      model: "stories@1"
    )
    let json = try body.json
    #expect(json["object"] == "text_completion" && json["created"] == 7 && json["seed"] == 5)
    #expect(json["choices"]?.array?.first?["finish_reason"] == "length")
    #expect(json["usage"]?["completion_tokens"] == 3)
    #expect(json["usage"]?["prompt_tokens_details"]?["cached_tokens"] == 0)
  }
}
