package import Models

/// One prompt to continue.
package struct GenerationRequest: Sendable {
  package var promptTokens: [Int]
  package var parameters: GenerationParameters
  /// Which of several answers to the prompt this is; each draws from a random stream of its own.
  package var choice: Int
  /// What the answer must look like; the request's copy starts at the answer's first token.
  package var constraint: (any TokenConstraint)?
  /// Requests of one salt share what is cached of their prompts, and their part of the engine.
  package var salt: String
  /// Higher goes first, and takes the places of lower ones.
  package var priority: Int
  /// Of the engine's model; nil: the model alone.
  package var adapter: ModelAdapter?

  package init(
    promptTokens: [Int],
    parameters: GenerationParameters,
    choice: Int = 0,
    constraint: (any TokenConstraint)? = nil,
    salt: String = "",
    priority: Int = 0,
    adapter: ModelAdapter? = nil
  ) {
    self.promptTokens = promptTokens
    self.parameters = parameters
    self.choice = choice
    self.constraint = constraint
    self.salt = salt
    self.priority = priority
    self.adapter = adapter
  }
}

/// What a running generation has reached; told after each of its tokens.
package struct GenerationProgress: Sendable, Hashable {
  package let generatedTokenCount: Int
  /// The most tokens that this request can generate.
  package let tokenLimit: Int
  /// What the last token added to the text, in whole characters; empty while a stop text may be under way.
  package let newText: String
}

package enum FinishReason: String, Sendable, Hashable {
  /// EOS, a stop token, a stop text, or a constraint that lets nothing follow.
  case stop
  /// `maxTokens` or the end of the context.
  case length
}

package struct GenerationResult: Sendable, Hashable {
  /// The generated tokens, with the one that ended the generation and those of a stop text.
  package let tokens: [Int]
  /// What the tokens add to the text of the prompt, without special tokens and without the stop text.
  package let text: String
  package let finishReason: FinishReason
  /// One for each token, if the request asked for log-probabilities; else empty.
  package let scores: [ScoredToken]
  package let promptTokenCount: Int
  /// Tokens of the prompt that were in the cache.
  package let cachedPromptTokenCount: Int
  /// The seed that repeats this result.
  package let seed: UInt64
  /// From submission to the first step with this request.
  package let waitDuration: Duration
  /// From submission to the first token.
  package let timeToFirstToken: Duration
  /// From submission to the end.
  package let duration: Duration

  package var generatedTokenCount: Int { tokens.count }
}
