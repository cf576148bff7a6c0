import JSON

/// Schemas that many parameters share. Nulls are dropped before values are checked.
enum FinetuneSchema {
  /// Of PostgreSQL's int, and of Swift's Int32.
  static let largest: JSONValue = 2_147_483_647

  static let anyBoolean: JSONValue = ["type": "boolean"]
  static let anyText: JSONValue = ["type": "string", "maxLength": 1000]
  static let anyInteger: JSONValue = ["type": "integer"]
  static let anyObject: JSONValue = ["type": ["object", "string"], "maxLength": 10_000]
  static let anything: JSONValue = [
    "type": ["string", "number", "boolean", "array", "object"], "maxLength": 10_000,
  ]
  static let reference: JSONValue = ["type": "string", "minLength": 1, "maxLength": 200]
  static let seed: JSONValue = ["type": "integer", "minimum": 0, "maximum": 9_223_372_036_854_775_807]

  static func integer(from minimum: JSONValue, to maximum: JSONValue = largest) -> JSONValue {
    ["type": "integer", "minimum": minimum, "maximum": maximum]
  }

  static func number(from minimum: JSONValue, to maximum: JSONValue) -> JSONValue {
    ["type": "number", "minimum": minimum, "maximum": maximum]
  }

  static func number(above minimum: JSONValue, upTo maximum: JSONValue) -> JSONValue {
    ["type": "number", "exclusiveMinimum": minimum, "maximum": maximum]
  }

  static func word(_ words: [String]) -> JSONValue {
    ["type": "string", "enum": .array(words.map { .string($0) })]
  }

  static func word(_ words: [String], _ description: String) -> JSONValue {
    [
      "type": "string", "enum": .array(words.map { .string($0) }),
      "description": .string(description),
    ]
  }

  /// A whole number of steps, or a share of all of them below 1: a rule tells one from the other.
  static let steps = number(above: 0, upTo: largest)
}
