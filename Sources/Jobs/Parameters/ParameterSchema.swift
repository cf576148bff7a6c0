import JSON

/// The subset of JSON Schema that parameters are described in, as `quern.schema_expression` reads it: type (or a list),
/// enum, minimum, exclusiveMinimum, maximum, minLength, maxLength, minItems, maxItems, items, required, properties,
/// propertyNames.pattern, additionalProperties.
struct ParameterSchema {
  let schema: JSONValue

  init(_ schema: JSONValue) { self.schema = schema }

  var types: [String] {
    schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string].compactMap(\.self)
  }

  func fits(_ value: JSONValue) -> Bool {
    if let choices = schema["enum"]?.array, !choices.contains(value) { return false }
    return types.contains { type in
      switch (type, value) {
      case ("null", .null), ("boolean", .bool): true
      case ("string", .string(let text)): fits(count: text.unicodeScalars.count, "minLength", "maxLength")
      case ("integer", .integer), ("integer", .number): isWhole(value) && fits(number: value)
      case ("number", .integer), ("number", .number): fits(number: value)
      case ("array", .array(let elements)): fits(elements)
      case ("object", .object(let members)): fits(members)
      default: false
      }
    }
  }

  private func isWhole(_ value: JSONValue) -> Bool {
    value.double.map { $0.rounded() == $0 } ?? false
  }

  private func fits(number value: JSONValue) -> Bool {
    // Bounds are compared as integers where both are: a double has no room for the largest seeds.
    if let value = value.integer {
      if let minimum = schema["minimum"]?.integer, value < minimum { return false }
      if let maximum = schema["maximum"]?.integer, value > maximum { return false }
    }
    guard let number = value.double else { return false }
    if let minimum = schema["minimum"]?.double, number < minimum { return false }
    if let minimum = schema["exclusiveMinimum"]?.double, number <= minimum { return false }
    return schema["maximum"]?.double.map { number <= $0 } ?? true
  }

  private func fits(count: Int, _ minimum: String, _ maximum: String) -> Bool {
    count >= schema[minimum]?.integer ?? 0 && count <= schema[maximum]?.integer ?? .max
  }

  private func fits(_ elements: [JSONValue]) -> Bool {
    guard fits(count: elements.count, "minItems", "maxItems") else { return false }
    guard let items = schema["items"].map(ParameterSchema.init) else { return true }
    return elements.allSatisfy { items.fits($0) }
  }

  private func fits(_ members: JSONObject) -> Bool {
    for name in schema["required"]?.array?.compactMap(\.string) ?? [] where members[name] == nil { return false }
    for (name, property) in schema["properties"]?.object ?? [:] {
      if let value = members[name], !ParameterSchema(property).fits(value) { return false }
    }
    if let pattern = schema["propertyNames"]?["pattern"]?.string {
      // A pattern of ours that is none would be found by the first test.
      guard let expression = try? Regex(pattern) else { return false }
      for name in members.keys where name.wholeMatch(of: expression) == nil { return false }
    }
    guard let others = schema["additionalProperties"].map(ParameterSchema.init) else { return true }
    return members.values.allSatisfy { others.fits($0) }
  }
}
