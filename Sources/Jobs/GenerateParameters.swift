import JSON

/// Continues a prompt. Exactly one of `prompt` and `promptTokens` is set.
package struct GenerateParameters: JobParameters {
  package static let kind = "generate"

  /// `name@version`; at submission also a name alone.
  package var model: String
  package var prompt: String?
  package var promptTokens: [Int]?
  package var maxTokens = 128
  /// 0 always takes the likeliest token.
  package var temperature = 1.0
  /// 0 samples among all tokens.
  package var topK = 0
  package var topP = 1.0
  /// Texts that end the generation; they are not returned.
  package var stop: [String] = []
  package var stopTokenIDs: [Int] = []
  /// Without one each job draws its own.
  package var seed: UInt64?
  /// What is added to the logits, by token id.
  package var logitBias: [Int: Float] = [:]
  package var ignoreEOS = false

  package init(model: String, prompt: String) {
    self.model = model
    self.prompt = prompt
  }

  package init(model: String, promptTokens: [Int]) {
    self.model = model
    self.promptTokens = promptTokens
  }
}

extension GenerateParameters {
  private enum CodingKeys: String, CodingKey {
    case model, prompt, stop, seed, temperature
    case promptTokens = "prompt_tokens"
    case maxTokens = "max_tokens"
    case topK = "top_k"
    case topP = "top_p"
    case stopTokenIDs = "stop_token_ids"
    case logitBias = "logit_bias"
    case ignoreEOS = "ignore_eos"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    model = try container.decode(String.self, forKey: .model)
    prompt = try container.decodeIfPresent(String.self, forKey: .prompt)
    promptTokens = try container.decodeIfPresent([Int].self, forKey: .promptTokens)
    if (prompt == nil) == (promptTokens == nil) {
      let reason = "exactly one of prompt and prompt_tokens is needed"
      throw DecodingError.dataCorruptedError(forKey: .prompt, in: container, debugDescription: reason)
    }
    maxTokens = try container.decodeIfPresent(Int.self, forKey: .maxTokens) ?? maxTokens
    temperature = try container.decodeIfPresent(Double.self, forKey: .temperature) ?? temperature
    topK = try container.decodeIfPresent(Int.self, forKey: .topK) ?? topK
    topP = try container.decodeIfPresent(Double.self, forKey: .topP) ?? topP
    stop = try container.decodeIfPresent(StopTexts.self, forKey: .stop)?.texts ?? []
    stopTokenIDs = try container.decodeIfPresent([Int].self, forKey: .stopTokenIDs) ?? []
    seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
    logitBias = try container.decodeIfPresent(LogitBias.self, forKey: .logitBias)?.values ?? [:]
    ignoreEOS = try container.decodeIfPresent(Bool.self, forKey: .ignoreEOS) ?? ignoreEOS
  }

  /// Writes what differs from the defaults.
  package func encode(to encoder: any Encoder) throws {
    let standard = GenerateParameters(model: model, prompt: "")
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encodeIfPresent(prompt, forKey: .prompt)
    try container.encodeIfPresent(promptTokens, forKey: .promptTokens)
    if maxTokens != standard.maxTokens { try container.encode(maxTokens, forKey: .maxTokens) }
    if temperature != standard.temperature { try container.encode(temperature, forKey: .temperature) }
    if topK != standard.topK { try container.encode(topK, forKey: .topK) }
    if topP != standard.topP { try container.encode(topP, forKey: .topP) }
    if !stop.isEmpty { try container.encode(stop, forKey: .stop) }
    if !stopTokenIDs.isEmpty { try container.encode(stopTokenIDs, forKey: .stopTokenIDs) }
    try container.encodeIfPresent(seed, forKey: .seed)
    if !logitBias.isEmpty { try container.encode(LogitBias(values: logitBias), forKey: .logitBias) }
    if ignoreEOS { try container.encode(ignoreEOS, forKey: .ignoreEOS) }
  }
}

/// One text, or an array of them.
private struct StopTexts: Decodable {
  let texts: [String]

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // An array fails as a string without cost; its own error is the one to show.
    if let text = try? container.decode(String.self) {
      texts = [text]
    } else {
      texts = try container.decode([String].self)
    }
  }
}

/// JSON has text keys where the engine has token ids.
private struct LogitBias: Codable {
  let values: [Int: Float]

  init(values: [Int: Float]) { self.values = values }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    var values: [Int: Float] = [:]
    for (key, bias) in try container.decode([String: Float].self) {
      guard let token = Int(key) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "a key is no token id")
      }
      values[token] = bias
    }
    self.values = values
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Dictionary(uniqueKeysWithValues: values.map { ("\($0.key)", $0.value) }))
  }
}
