/// One prompt to continue.
package struct GenerationRequest: Sendable, Hashable {
  package var promptTokens: [Int]
  package var parameters: GenerationParameters

  package init(promptTokens: [Int], parameters: GenerationParameters) {
    self.promptTokens = promptTokens
    self.parameters = parameters
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
  /// EOS, a stop token or a stop text.
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
  package let promptTokenCount: Int
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
