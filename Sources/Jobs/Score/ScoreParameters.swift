import JSON

/// Says how likely continuations of a prompt are, and ranks them.
package struct ScoreParameters: JobParameters {
  package static let kind = "score"

  /// What choices are ranked by.
  package enum Normalization: String, Codable, Sendable {
    /// The sum of the log-probabilities.
    case none
    /// Their mean.
    case tokens
    /// Their sum for each byte of the choice's UTF-8.
    case bytes
  }

  /// `name@version`; at submission also a name alone.
  package var model: String
  package var prompt: TextOrTokens
  package var choices: [TextOrTokens]
  package var normalization = Normalization.none
  package var precision = RequestedPrecision()
  /// A label of the submitter's.
  package var user: String?

  package init(model: String, prompt: TextOrTokens, choices: [TextOrTokens]) {
    self.model = model
    self.prompt = prompt
    self.choices = choices
  }

  private enum CodingKeys: String, CodingKey {
    case model, prompt, choices, normalization, user
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    model = try container.decode(String.self, forKey: .model)
    prompt = try container.decode(TextOrTokens.self, forKey: .prompt)
    choices = try container.decode([TextOrTokens].self, forKey: .choices)
    normalization = try container.decodeIfPresent(Normalization.self, forKey: .normalization) ?? normalization
    user = try container.decodeIfPresent(String.self, forKey: .user)
    precision = try RequestedPrecision(from: decoder)
  }

  /// Writes what differs from the defaults.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(prompt, forKey: .prompt)
    try container.encode(choices, forKey: .choices)
    if normalization != .none { try container.encode(normalization, forKey: .normalization) }
    try container.encodeIfPresent(user, forKey: .user)
    try precision.encode(to: encoder)
  }
}
