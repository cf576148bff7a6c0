package import JSON

/// One row of `quern.parameter`: what SQL submissions are checked against and help texts are made of.
package struct ParameterDescription: Sendable, Hashable {
  package let kind: String
  package let name: String
  /// Other names under which the parameter may be given.
  package let aliases: [String]
  /// JSON Schema of the value: see `ParameterSchema`.
  package let schema: JSONValue
  package let required: Bool
  /// What a job without the parameter uses; nil when there is no such value.
  package let defaultValue: JSONValue?
  /// Whether `quern.adjust` may change it while the job runs.
  package let adjustable: Bool
  package let description: String

  package init(
    kind: String,
    name: String,
    aliases: [String] = [],
    schema: JSONValue,
    required: Bool = false,
    defaultValue: JSONValue? = nil,
    adjustable: Bool = false,
    description: String
  ) {
    self.kind = kind
    self.name = name
    self.aliases = aliases
    self.schema = schema
    self.required = required
    self.defaultValue = defaultValue
    self.adjustable = adjustable
    self.description = description
  }
}

extension ParameterDescription {
  /// The parameters of all kinds, as `quern.parameter` holds them.
  package static let all =
    GenerateParameters.descriptions + EmbedParameters.descriptions + ScoreParameters.descriptions
    + FinetuneParameters.descriptions + SleepParameters.descriptions

  static let tokenID: JSONValue = ["type": "integer", "minimum": 0, "maximum": 2_147_483_647]
}
