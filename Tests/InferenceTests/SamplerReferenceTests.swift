import Foundation
import Inference
import JSON
import Testing

/// Fixtures/sampling.py has vLLM's definitions; Fixtures/sampling.json the tokens that they choose.
struct SamplerReferenceTests {
  @Test func `masks, biases, penalties and filters choose the tokens that vLLM's definitions choose`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/sampling.json")
    let fixture = try JSONValue(parsing: [UInt8](Data(contentsOf: file)))
    let cases = try #require(fixture["cases"]?.array)
    #expect(cases.count == 60)
    for reference in cases {
      for (index, token) in try #require(reference["tokens"]?.object) {
        let index = try #require(Int(index))
        #expect(Self.sample(reference, index: index) == token.integer, "\(Self.settings(of: reference))")
      }
    }
  }

  private static func sample(_ reference: JSONValue, index: Int) -> Int? {
    let sampler = Sampler(
      parameters(of: reference),
      seed: UInt64(reference["seed"]?.integer ?? 0),
      choice: reference["choice"]?.integer ?? 0
    )
    let logits = (reference["logits"]?.doubles ?? []).map { Float($0) }
    var workspace = Sampler.Workspace(Reference.kernels)
    var adjustments = Sampler.Adjustments()
    adjustments.banned = reference["banned"]?.integers ?? []
    var history = TokenHistory(prompt: reference["prompt"]?.integers ?? [])
    for token in reference["answer"]?.integers ?? [] { history.record(token) }
    adjustments.history = history
    if let allowed = reference["allowed"]?.integers {
      adjustments.isMasked = true
      workspace.clearMask(logits.count)
      for token in allowed { workspace.mask[token / 64] |= 1 << UInt64(token % 64) }
    }
    return sampler.sample(logits.span, index: index, adjustments, workspace: &workspace)
  }

  private static func parameters(of reference: JSONValue) -> GenerationParameters {
    GenerationParameters(
      temperature: reference["temperature"]?.double ?? 1,
      topK: reference["top_k"]?.integer,
      topP: reference["top_p"]?.double ?? 1,
      minP: reference["min_p"]?.double ?? 0,
      penalties: Penalties(
        repetition: reference["repetition_penalty"]?.double ?? 1,
        frequency: reference["frequency_penalty"]?.double ?? 0,
        presence: reference["presence_penalty"]?.double ?? 0
      ),
      logitBias: Dictionary(
        uniqueKeysWithValues: (reference["logit_bias"]?.object ?? [:]).compactMap { key, value in
          Int(key).map { ($0, Float(value.double ?? 0)) }
        }
      )
    )
  }

  private static func settings(of reference: JSONValue) -> String {
    var members = reference.object ?? [:]
    for name in ["logits", "tokens", "prompt", "answer"] { members[name] = nil }
    return JSONValue.object(members).text
  }
}
