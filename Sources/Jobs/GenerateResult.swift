package import JSON

/// OpenAI's `text_completion` body, as `quern.result` returns it.
package struct GenerateResult: Codable, Sendable, Hashable {
  /// `cmpl-` and the job's id.
  package var id: String
  package private(set) var object = "text_completion"
  /// Seconds since 1970.
  package var created: Int
  package var model: String
  package var choices: [Choice]
  package var usage: TokenUsage
  /// Names engine, kernel level and weights: the same fingerprint, parameters and seed give the same tokens.
  package var systemFingerprint: String
  /// The seed that was used.
  package var seed: UInt64?

  package init(
    id: String,
    created: Int,
    model: String,
    choices: [Choice],
    usage: TokenUsage,
    systemFingerprint: String,
    seed: UInt64? = nil
  ) {
    self.id = id
    self.created = created
    self.model = model
    self.choices = choices
    self.usage = usage
    self.systemFingerprint = systemFingerprint
    self.seed = seed
  }

  private enum CodingKeys: String, CodingKey {
    case id, object, created, model, choices, usage, seed
    case systemFingerprint = "system_fingerprint"
  }
}

extension GenerateResult {
  package struct Choice: Codable, Sendable, Hashable {
    package var index: Int
    package var text: String
    package var finishReason: FinishReason
    package var tokenIDs: [Int]?

    package init(index: Int = 0, text: String, finishReason: FinishReason, tokenIDs: [Int]? = nil) {
      self.index = index
      self.text = text
      self.finishReason = finishReason
      self.tokenIDs = tokenIDs
    }

    private enum CodingKeys: String, CodingKey {
      case index, text, logprobs
      case finishReason = "finish_reason"
      case tokenIDs = "token_ids"
    }

    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      index = try container.decode(Int.self, forKey: .index)
      text = try container.decode(String.self, forKey: .text)
      finishReason = try container.decode(FinishReason.self, forKey: .finishReason)
      tokenIDs = try container.decodeIfPresent([Int].self, forKey: .tokenIDs)
    }

    /// Clients of OpenAI's API expect `logprobs` to be there, null.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(index, forKey: .index)
      try container.encode(text, forKey: .text)
      try container.encode(finishReason, forKey: .finishReason)
      try container.encodeNil(forKey: .logprobs)
      try container.encodeIfPresent(tokenIDs, forKey: .tokenIDs)
    }
  }

  /// `stop`: a stop text, a stop token or the end of the text. `length`: `max_tokens`, or the context is full.
  package enum FinishReason: String, Codable, Sendable {
    case stop, length
  }

  /// - Throws: `JobBodyError`.
  package init(json: JSONValue) throws(JobBodyError) {
    self = try JobBody.decode(Self.self, from: json, kind: GenerateParameters.kind)
  }

  package var json: JSONValue {
    get throws(JobBodyError) { try JobBody.encode(self, kind: GenerateParameters.kind) }
  }
}

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
