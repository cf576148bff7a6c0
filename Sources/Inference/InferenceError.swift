/// Why a generation or a score was refused or failed. No case holds text of a prompt.
package enum InferenceError: Error, Sendable, Hashable {
  case emptyPrompt
  /// The prompt leaves no position for a token; `limit` is the model's context length.
  case contextLengthExceeded(tokens: Int, limit: Int)
  /// The request needs more positions than this engine's key/value cache has in all.
  case cacheCapacityExceeded(tokens: Int, limit: Int)
  /// `parameter` is where the id stood: `prompt`, `logit_bias` or `stop_token_ids`.
  case invalidToken(id: Int, vocabularySize: Int, parameter: String)
  case invalidParameter(name: String, requirement: String)
  /// The model computed a number that is not one, or no token was left to choose.
  case invalidLogits(position: Int)
  case shutDown
}

extension InferenceError: CustomStringConvertible {
  /// The code that the queue stores with a failed job.
  package var code: String {
    switch self {
    case .contextLengthExceeded: "context_length_exceeded"
    case .emptyPrompt, .invalidToken, .invalidParameter: "invalid_value"
    case .cacheCapacityExceeded: "insufficient_memory"
    case .invalidLogits, .shutDown: "internal_error"
    }
  }

  /// The parameter that the error is about.
  package var parameter: String? {
    switch self {
    case .emptyPrompt, .contextLengthExceeded, .cacheCapacityExceeded: "prompt"
    case .invalidToken(_, _, let parameter): parameter
    case .invalidParameter(let name, _): name
    case .invalidLogits, .shutDown: nil
    }
  }

  /// Whether another attempt, perhaps on another worker, may succeed.
  package var isRetryable: Bool {
    switch self {
    case .cacheCapacityExceeded, .shutDown: true
    case .emptyPrompt, .contextLengthExceeded, .invalidToken, .invalidParameter, .invalidLogits: false
    }
  }

  package var description: String {
    switch self {
    case .emptyPrompt: "the prompt has no tokens; give at least one"
    case .contextLengthExceeded(let tokens, let limit):
      "the prompt has \(tokens) tokens, but the model's context is \(limit) with the answer; shorten the prompt"
    case .cacheCapacityExceeded(let tokens, let limit):
      "the request may need \(tokens) positions, but this worker's cache has \(limit); lower max_tokens"
    case .invalidToken(let id, let vocabularySize, let parameter):
      "the token id \(id) in \(parameter) is outside 0..<\(vocabularySize); encode with this model's tokenizer"
    case .invalidParameter(let name, let requirement): "\(name) must be \(requirement)"
    case .invalidLogits(let position):
      "the model gave no usable logits at position \(position); check its weights and logit_bias"
    case .shutDown: "the engine is shutting down; run the job again"
    }
  }
}
