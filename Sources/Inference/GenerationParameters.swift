/// How tokens are chosen and when generation ends. Names, defaults and order of effects are vLLM's.
///
/// The logits go through: the constraint's mask, the ban of `minTokens`, `logitBias`, `penalties`, `temperature`,
/// `minP`, `topK`, `topP`.
package struct GenerationParameters: Sendable, Hashable {
  /// The most tokens to generate; nil for as many as the context leaves.
  package var maxTokens: Int?
  /// Before so many tokens neither EOS nor a stop token is chosen, and a stop text does not end the generation.
  package var minTokens: Int
  /// 0, and anything below 1e-5, takes the likeliest token (the lowest id among equals).
  package var temperature: Double
  /// Keeps the k likeliest tokens, the lowest ids among equals; nil keeps all.
  package var topK: Int?
  /// Keeps the likeliest tokens whose probabilities reach this sum; 1 keeps all.
  package var topP: Double
  /// Keeps tokens at least this many times as likely as the likeliest; 0 keeps all.
  package var minP: Double
  package var penalties: Penalties
  /// Texts that end the generation and are not returned.
  package var stop: [String]
  /// Tokens that end the generation, besides the model's EOS; their text is not returned.
  package var stopTokenIDs: Set<Int>
  /// Returns the stop text, or the text of the stop token, after all.
  package var includesStop: Bool
  /// nil: the engine draws one and returns it with the result.
  package var seed: UInt64?
  /// Added to the logits of the named tokens.
  package var logitBias: [Int: Float]
  /// Goes on after the model's EOS.
  package var ignoreEOS: Bool
  /// Log-probabilities with each token: its own, and those of this many likeliest ones. nil for none.
  package var alternativeCount: Int?

  package init(
    maxTokens: Int? = nil,
    minTokens: Int = 0,
    temperature: Double = 1,
    topK: Int? = nil,
    topP: Double = 1,
    minP: Double = 0,
    penalties: Penalties = Penalties(),
    stop: [String] = [],
    stopTokenIDs: Set<Int> = [],
    includesStop: Bool = false,
    seed: UInt64? = nil,
    logitBias: [Int: Float] = [:],
    ignoreEOS: Bool = false,
    alternativeCount: Int? = nil
  ) {
    self.maxTokens = maxTokens
    self.minTokens = minTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.penalties = penalties
    self.stop = stop
    self.stopTokenIDs = stopTokenIDs
    self.includesStop = includesStop
    self.seed = seed
    self.logitBias = logitBias
    self.ignoreEOS = ignoreEOS
    self.alternativeCount = alternativeCount
  }

  /// vLLM's bound: below it dividing by the temperature would leave the range of a float.
  var isGreedy: Bool { temperature < 1e-5 }
}

/// What tokens lose for having been there before (vLLM's definitions).
package struct Penalties: Sendable, Hashable {
  /// Divides positive logits and multiplies negative ones, of tokens in prompt or answer; 1 does nothing.
  package var repetition: Double
  /// Is subtracted for each time that a token is in the answer; 0 does nothing.
  package var frequency: Double
  /// Is subtracted once from tokens that are in the answer; 0 does nothing.
  package var presence: Double

  package init(repetition: Double = 1, frequency: Double = 0, presence: Double = 0) {
    self.repetition = repetition
    self.frequency = frequency
    self.presence = presence
  }

  var areActive: Bool { self != Penalties() }
}
