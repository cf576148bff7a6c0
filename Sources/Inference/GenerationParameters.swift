/// How tokens are chosen and when generation ends.
package struct GenerationParameters: Sendable, Hashable {
  /// The most tokens to generate; nil for as many as the context leaves.
  package var maxTokens: Int?
  /// 0 takes the likeliest token (the lowest id among equals).
  package var temperature: Double
  /// Keeps the k likeliest tokens; nil keeps all.
  package var topK: Int?
  /// Keeps the likeliest tokens whose probabilities reach this sum; 1 keeps all.
  package var topP: Double
  /// Texts that end the generation and are not returned.
  package var stop: [String]
  /// Tokens that end the generation, besides the model's EOS; their text is not returned.
  package var stopTokenIDs: Set<Int>
  /// nil: the engine draws one and returns it with the result.
  package var seed: UInt64?
  /// Added to the logits of the named tokens.
  package var logitBias: [Int: Float]
  /// Goes on after the model's EOS.
  package var ignoreEOS: Bool

  package init(
    maxTokens: Int? = nil,
    temperature: Double = 1,
    topK: Int? = nil,
    topP: Double = 1,
    stop: [String] = [],
    stopTokenIDs: Set<Int> = [],
    seed: UInt64? = nil,
    logitBias: [Int: Float] = [:],
    ignoreEOS: Bool = false
  ) {
    self.maxTokens = maxTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.stop = stop
    self.stopTokenIDs = stopTokenIDs
    self.seed = seed
    self.logitBias = logitBias
    self.ignoreEOS = ignoreEOS
  }

  func validate(vocabularySize: Int) throws(InferenceError) {
    if let maxTokens, maxTokens < 1 { throw .invalidParameter(name: "max_tokens", requirement: "at least 1") }
    guard temperature >= 0, temperature.isFinite else {
      throw .invalidParameter(name: "temperature", requirement: "a number of at least 0")
    }
    if let topK, topK < 1 { throw .invalidParameter(name: "top_k", requirement: "at least 1") }
    guard topP > 0, topP <= 1 else { throw .invalidParameter(name: "top_p", requirement: "above 0 and at most 1") }
    guard !stop.contains("") else { throw .invalidParameter(name: "stop", requirement: "texts that are not empty") }
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
}
