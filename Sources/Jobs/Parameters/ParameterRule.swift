package import JSON

/// A rule between parameters of one kind: one row of `quern.parameter_rule`, and the same in Swift.
package struct ParameterRule: Sendable {
  package let kind: String
  /// The parameter that a refusal names.
  package let name: String
  /// A boolean SQL expression over the parameters `p` (jsonb), whose values fit their schemas; NULL is no.
  package let requirement: String
  /// What the refusal says.
  package let message: String
  /// The requirement, over parameters whose values fit their schemas.
  package let isMet: @Sendable (JSONObject) -> Bool

  init(
    _ kind: String,
    _ name: String,
    requirement: String,
    message: String,
    isMet: @escaping @Sendable (JSONObject) -> Bool
  ) {
    self.kind = kind
    self.name = name
    self.requirement = requirement
    self.message = message
    self.isMet = isMet
  }
}

extension ParameterRule {
  /// The rules of all kinds, as `quern.parameter_rule` holds them.
  package static let all =
    GenerateParameters.rules + EmbedParameters.rules + ScoreParameters.rules + FinetuneParameters.rules
    + SleepParameters.rules
}
