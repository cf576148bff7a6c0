package import JSON

/// OpenAI's `text_completion` or `chat.completion` body, as `quern.result` returns it.
package struct GenerateResult: Codable, Sendable, Hashable {
  /// `cmpl-` or `chatcmpl-` and the job's id.
  package var id: String
  package private(set) var object: String
  /// Seconds since 1970.
  package var created: Int
  package var model: String
  package var choices: [Choice]
  package var usage: TokenUsage
  /// Names engine, kernel level and weights: the same fingerprint, parameters and seed give the same tokens.
  package var systemFingerprint: String
  /// The seed that was used.
  package var seed: UInt64?
  /// Of a conversation, with `return_token_ids`.
  package var promptTokenIDs: [Int]?

  package init(
    id: String,
    created: Int,
    model: String,
    choices: [Choice],
    usage: TokenUsage,
    systemFingerprint: String,
    seed: UInt64? = nil,
    promptTokenIDs: [Int]? = nil
  ) {
    self.id = id
    object = choices.first?.answer.isMessage == true ? "chat.completion" : "text_completion"
    self.created = created
    self.model = model
    self.choices = choices
    self.usage = usage
    self.systemFingerprint = systemFingerprint
    self.seed = seed
    self.promptTokenIDs = promptTokenIDs
  }

  private enum CodingKeys: String, CodingKey {
    case id, object, created, model, choices, usage, seed
    case systemFingerprint = "system_fingerprint"
    case promptTokenIDs = "prompt_token_ids"
  }

  /// - Throws: `JobBodyError`.
  package init(json: JSONValue) throws(JobBodyError) {
    self = try JobBody.decode(Self.self, from: json, kind: GenerateParameters.kind)
  }

  package var json: JSONValue {
    get throws(JobBodyError) { try JobBody.encode(self, kind: GenerateParameters.kind) }
  }
}
