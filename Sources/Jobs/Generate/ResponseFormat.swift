package import JSON

/// The form that an answer must have: OpenAI's `response_format`, and `regex`.
package enum ResponseFormat: Sendable, Hashable {
  case text
  /// Any JSON object.
  case jsonObject
  /// A document that the JSON Schema describes.
  case jsonSchema(JSONValue)
  /// A text that the regular expression matches as a whole.
  case regex(String)
}

extension ResponseFormat: Codable {
  private enum CodingKeys: String, CodingKey {
    case type, regex
    case jsonSchema = "json_schema"
  }

  private enum SchemaKeys: String, CodingKey {
    case schema
  }

  private enum FormatType: String, Codable {
    case text, regex
    case jsonObject = "json_object"
    case jsonSchema = "json_schema"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(FormatType.self, forKey: .type) {
    case .text: self = .text
    case .jsonObject: self = .jsonObject
    case .regex: self = .regex(try container.decode(String.self, forKey: .regex))
    case .jsonSchema:
      let description = try container.nestedContainer(keyedBy: SchemaKeys.self, forKey: .jsonSchema)
      self = .jsonSchema(try description.decode(JSONValue.self, forKey: .schema))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .text: try container.encode(FormatType.text, forKey: .type)
    case .jsonObject: try container.encode(FormatType.jsonObject, forKey: .type)
    case .regex(let expression):
      try container.encode(FormatType.regex, forKey: .type)
      try container.encode(expression, forKey: .regex)
    case .jsonSchema(let schema):
      try container.encode(FormatType.jsonSchema, forKey: .type)
      var description = container.nestedContainer(keyedBy: SchemaKeys.self, forKey: .jsonSchema)
      try description.encode(schema, forKey: .schema)
    }
  }
}
