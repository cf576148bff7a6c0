import JSON

extension ParameterSchema {
  /// The schema in words, as `quern.schema_words` puts it: "an integer from 1 to 20".
  var words: String {
    if let description = schema["description"]?.string { return description }
    if let choices = schema["enum"]?.array { return "one of " + choices.map(\.text).joined(separator: ", ") }
    return types.map(words(of:)).joined(separator: " or ")
  }

  /// Whether the words say all there is to say, so that the value need not be named.
  var hasOwnWords: Bool { schema["description"] != nil }

  private func words(of type: String) -> String {
    switch type {
    case "integer": "an integer" + bounds
    case "number": "a number" + bounds
    case "boolean": "true or false"
    case "string":
      number("maxLength").map { "a string of at most \($0) characters" }
        ?? (schema["minLength"] == 1 ? "a string that is not empty" : "a string")
    case "array": "an array" + counts + (items.map { ", each \($0)" } ?? "")
    case "object": "an object" + members
    default: type
    }
  }

  private func number(_ name: String) -> String? { schema[name]?.text }

  private var items: String? { schema["items"].map { ParameterSchema($0).words } }

  private var bounds: String {
    switch (number("minimum"), number("exclusiveMinimum"), number("maximum")) {
    case (let minimum?, _, let maximum?): " from \(minimum) to \(maximum)"
    case (_, let minimum?, let maximum?): " above \(minimum), up to \(maximum)"
    case (let minimum?, _, nil): " of at least \(minimum)"
    case (nil, _, let maximum?): " of at most \(maximum)"
    default: ""
    }
  }

  private var counts: String {
    switch (number("minItems"), number("maxItems")) {
    case (let minimum?, let maximum?): " of \(minimum) to \(maximum)"
    case (nil, let maximum?): " of at most \(maximum)"
    case (let minimum?, nil): " of at least \(minimum)"
    default: ""
    }
  }

  private var members: String {
    var words = ""
    if let names = schema["required"]?.array?.compactMap(\.string) { words += " with " + names.joined(separator: ", ") }
    for (name, property) in schema["properties"]?.object ?? [:] {
      words += ", \(name) being \(ParameterSchema(property).words)"
    }
    if let pattern = schema["propertyNames"]?["pattern"]?.string { words += " whose keys match \(pattern)" }
    if let others = schema["additionalProperties"] {
      words += " and whose values are each \(ParameterSchema(others).words)"
    }
    return words
  }
}
