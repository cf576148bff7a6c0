package import JSON

/// Tokens that a job read and made.
package struct TokenUsage: Codable, Sendable, Hashable {
  /// What is said of the prompt's tokens beyond their number.
  package struct PromptDetails: Codable, Sendable, Hashable {
    /// Not computed by this job: the same submitter's prompts began with them.
    package var cachedTokens: Int

    private enum CodingKeys: String, CodingKey {
      case cachedTokens = "cached_tokens"
    }
  }

  package var promptTokens: Int
  package var completionTokens: Int
  package private(set) var totalTokens: Int
  /// nil for a kind that counts none.
  package private(set) var promptDetails: PromptDetails?

  /// - Parameter cachedTokens: of the prompt; nil for a kind that counts none.
  package init(promptTokens: Int, completionTokens: Int, cachedTokens: Int? = nil) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    totalTokens = promptTokens + completionTokens
    promptDetails = cachedTokens.map(PromptDetails.init)
  }

  private enum CodingKeys: String, CodingKey {
    case promptTokens = "prompt_tokens"
    case completionTokens = "completion_tokens"
    case totalTokens = "total_tokens"
    case promptDetails = "prompt_tokens_details"
  }

  package var json: JSONValue {
    var members: JSONObject = [
      "prompt_tokens": JSONValue(promptTokens), "completion_tokens": JSONValue(completionTokens),
      "total_tokens": JSONValue(totalTokens),
    ]
    members["prompt_tokens_details"] = promptDetails.map { ["cached_tokens": JSONValue($0.cachedTokens)] }
    return .object(members)
  }
}
