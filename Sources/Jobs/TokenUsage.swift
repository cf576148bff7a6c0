package import JSON

/// Tokens that a job read and made.
package struct TokenUsage: Codable, Sendable, Hashable {
  package var promptTokens: Int
  package var completionTokens: Int
  package private(set) var totalTokens: Int

  package init(promptTokens: Int, completionTokens: Int) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    totalTokens = promptTokens + completionTokens
  }

  private enum CodingKeys: String, CodingKey {
    case promptTokens = "prompt_tokens"
    case completionTokens = "completion_tokens"
    case totalTokens = "total_tokens"
  }

  package var json: JSONValue {
    [
      "prompt_tokens": JSONValue(promptTokens), "completion_tokens": JSONValue(completionTokens),
      "total_tokens": JSONValue(totalTokens),
    ]
  }
}
