extension GenerationParameters {
  /// The limit of OpenAI's `top_logprobs`, for every form.
  package static let largestAlternativeCount = 20

  func validate(vocabularySize: Int) throws(InferenceError) {
    try validateSampling()
    try penalties.validate()
    try validateEnd()
    for id in stopTokenIDs.sorted() where !(0..<vocabularySize).contains(id) {
      throw .invalidToken(id: id, vocabularySize: vocabularySize, parameter: "stop_token_ids")
    }
    for (id, bias) in logitBias.sorted(by: { $0.key < $1.key }) {
      guard (0..<vocabularySize).contains(id) else {
        throw .invalidToken(id: id, vocabularySize: vocabularySize, parameter: "logit_bias")
      }
      guard bias.isFinite else { throw .invalidParameter(name: "logit_bias", requirement: "made of finite numbers") }
    }
  }

  private func validateSampling() throws(InferenceError) {
    guard temperature >= 0, temperature.isFinite else {
      throw .invalidParameter(name: "temperature", requirement: "a number of at least 0")
    }
    if let topK, topK < 1 { throw .invalidParameter(name: "top_k", requirement: "at least 1") }
    guard topP > 0, topP <= 1 else { throw .invalidParameter(name: "top_p", requirement: "above 0 and at most 1") }
    guard minP >= 0, minP <= 1 else { throw .invalidParameter(name: "min_p", requirement: "from 0 to 1") }
    if let alternativeCount, !(0...Self.largestAlternativeCount).contains(alternativeCount) {
      throw .invalidParameter(name: "logprobs", requirement: "from 0 to \(Self.largestAlternativeCount)")
    }
  }

  private func validateEnd() throws(InferenceError) {
    if let maxTokens, maxTokens < 1 { throw .invalidParameter(name: "max_tokens", requirement: "at least 1") }
    guard minTokens >= 0, minTokens <= maxTokens ?? .max else {
      throw .invalidParameter(name: "min_tokens", requirement: "from 0 to max_tokens")
    }
    guard !stop.contains("") else { throw .invalidParameter(name: "stop", requirement: "texts that are not empty") }
  }
}

extension Penalties {
  fileprivate func validate() throws(InferenceError) {
    guard repetition > 0, repetition.isFinite else {
      throw .invalidParameter(name: "repetition_penalty", requirement: "a number above 0")
    }
    guard (-2...2).contains(frequency) else {
      throw .invalidParameter(name: "frequency_penalty", requirement: "from -2 to 2")
    }
    guard (-2...2).contains(presence) else {
      throw .invalidParameter(name: "presence_penalty", requirement: "from -2 to 2")
    }
  }
}
