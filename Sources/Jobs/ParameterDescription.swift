package import JSON

/// One row of `quern.parameter`: what SQL submissions are checked against and help texts are made of.
package struct ParameterDescription: Sendable, Hashable {
  package let kind: String
  package let name: String
  /// Other names under which the parameter may be given.
  package let aliases: [String]
  /// JSON Schema of the value: types and unions, enum, minimum, exclusiveMinimum, maximum, lengths, items.
  package let schema: JSONValue
  package let required: Bool
  /// What a job without the parameter uses; nil when there is no such value.
  package let defaultValue: JSONValue?
  package let description: String

  package init(
    kind: String,
    name: String,
    aliases: [String] = [],
    schema: JSONValue,
    required: Bool = false,
    defaultValue: JSONValue? = nil,
    description: String
  ) {
    self.kind = kind
    self.name = name
    self.aliases = aliases
    self.schema = schema
    self.required = required
    self.defaultValue = defaultValue
    self.description = description
  }
}
