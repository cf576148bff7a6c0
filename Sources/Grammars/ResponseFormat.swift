package import JSON

/// `response_format` of a request: what an answer has to look like.
package enum ResponseFormat: Sendable, Hashable {
  case text
  case jsonObject
  case jsonSchema(JSONValue)
  /// A regular expression that the whole answer matches.
  case regex(String)

  /// OpenAI's `{"type": "text" | "json_object" | "json_schema", "json_schema": {"schema": …}}`, and
  /// `{"type": "regex", "pattern": …}`.
  package init(_ value: JSONValue) throws(GrammarError) {
    switch value["type"]?.string {
    case "text": self = .text
    case "json_object": self = .jsonObject
    case "json_schema":
      guard let schema = value["json_schema"]?["schema"] else {
        throw .responseFormat(problem: "json_schema needs json_schema: {name, schema}")
      }
      self = .jsonSchema(schema)
    case "regex":
      guard let pattern = value["pattern"]?.string else {
        throw .responseFormat(problem: "regex needs a pattern")
      }
      self = .regex(pattern)
    case let type:
      let found = type.map { "the type “\($0.prefix(64))” is not supported" } ?? "a type is missing"
      throw .responseFormat(problem: "\(found); supported: text, json_object, json_schema, regex")
    }
  }

  /// Nil for free text. What a submission is checked with: every refusal comes from here.
  package func grammar() throws(GrammarError) -> Grammar? {
    switch self {
    case .text: nil
    case .jsonObject: try .anyObject()
    case .jsonSchema(let schema): try .schema(schema)
    case .regex(let pattern): try .expression(pattern)
    }
  }
}
