/// How tokens are chosen; names and order of effects are vLLM's.
package struct SamplingOptions: Sendable, Hashable {
  /// 0 always takes the likeliest token.
  package var temperature = 1.0
  /// 0 samples among all tokens.
  package var topK = 0
  package var topP = 1.0
  package var minP = 0.0
  package var repetitionPenalty = 1.0
  package var frequencyPenalty = 0.0
  package var presencePenalty = 0.0
  /// What is added to the logits, by token id.
  package var logitBias: [Int: Float] = [:]
  /// Without one each job draws its own.
  package var seed: UInt64?

  package init() {}
}

extension SamplingOptions: Codable {
  private enum CodingKeys: String, CodingKey {
    case temperature, seed
    case topK = "top_k"
    case topP = "top_p"
    case minP = "min_p"
    case repetitionPenalty = "repetition_penalty"
    case frequencyPenalty = "frequency_penalty"
    case presencePenalty = "presence_penalty"
    case logitBias = "logit_bias"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    temperature = try container.decodeIfPresent(Double.self, forKey: .temperature) ?? temperature
    topK = try container.decodeIfPresent(Int.self, forKey: .topK) ?? topK
    topP = try container.decodeIfPresent(Double.self, forKey: .topP) ?? topP
    minP = try container.decodeIfPresent(Double.self, forKey: .minP) ?? minP
    repetitionPenalty = try container.decodeIfPresent(Double.self, forKey: .repetitionPenalty) ?? repetitionPenalty
    frequencyPenalty = try container.decodeIfPresent(Double.self, forKey: .frequencyPenalty) ?? frequencyPenalty
    presencePenalty = try container.decodeIfPresent(Double.self, forKey: .presencePenalty) ?? presencePenalty
    logitBias = try container.decodeIfPresent(LogitBias.self, forKey: .logitBias)?.values ?? [:]
    seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
  }

  package func encode(to encoder: any Encoder) throws {
    let standard = SamplingOptions()
    var container = encoder.container(keyedBy: CodingKeys.self)
    func encode<Value: Encodable & Equatable>(_ path: KeyPath<Self, Value>, _ key: CodingKeys) throws {
      if self[keyPath: path] != standard[keyPath: path] { try container.encode(self[keyPath: path], forKey: key) }
    }
    try encode(\.temperature, .temperature)
    try encode(\.topK, .topK)
    try encode(\.topP, .topP)
    try encode(\.minP, .minP)
    try encode(\.repetitionPenalty, .repetitionPenalty)
    try encode(\.frequencyPenalty, .frequencyPenalty)
    try encode(\.presencePenalty, .presencePenalty)
    try encode(\.seed, .seed)
    if !logitBias.isEmpty { try container.encode(LogitBias(values: logitBias), forKey: .logitBias) }
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
