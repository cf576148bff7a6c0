internal import JSON

/// The keywords of JSON Schema that the compiler knows, and where each may stand.
enum SchemaKeywords {
  /// Words for people, and places for definitions: no effect on documents.
  static let annotations: Set<String> = [
    "$comment", "$defs", "$schema", "default", "definitions", "deprecated", "description", "example", "examples",
    "readOnly", "title", "writeOnly",
  ]

  static let object: Set<String> = ["additionalProperties", "properties", "required"]
  static let array: Set<String> = ["items", "maxItems", "minItems"]
  static let string: Set<String> = ["format", "maxLength", "minLength", "pattern"]
  static let number: Set<String> = ["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"]
  static let combining: Set<String> = ["$ref", "allOf", "anyOf", "const", "enum", "oneOf"]

  static let all = combining.union(object).union(array).union(string).union(number).union(["type"])

  static let types = ["array", "boolean", "integer", "null", "number", "object", "string"]

  /// Keywords that say something about documents of a type.
  static func allowed(for type: String) -> Set<String> {
    switch type {
    case "object": object
    case "array": array
    case "string": string
    case "number", "integer": number
    default: []
    }
  }

  static func list(_ keywords: Set<String>) -> String { keywords.sorted().joined(separator: ", ") }
}

/// A schema and the place where it stands.
struct SchemaPlace {
  let schema: JSONObject
  /// A JSON pointer (RFC 6901) into the whole schema.
  let pointer: String

  init(_ value: JSONValue, at pointer: String) throws(GrammarError) {
    guard let schema = value.object else {
      throw .unsupported(
        pointer: pointer,
        what: value.bool == nil ? "a schema that is \(value.typeName)" : "the schema \(value.text)",
        supported: "objects with a type, anyOf, enum, const or $ref"
      )
    }
    self.schema = schema
    self.pointer = pointer
  }

  func pointer(to keyword: String) -> String { pointer + "/" + Self.escape(keyword) }

  func pointer(to keyword: String, _ index: Int) -> String { "\(pointer)/\(keyword)/\(index)" }

  static func escape(_ key: String) -> String {
    key.replacing("~", with: "~0").replacing("/", with: "~1")
  }

  /// Refuses every keyword outside `keywords`.
  func allowOnly(_ keywords: Set<String>, beside what: String) throws(GrammarError) {
    for key in schema.keys where !keywords.contains(key) && !SchemaKeywords.annotations.contains(key) {
      let isKnown = SchemaKeywords.all.contains(key)
      throw .unsupported(
        pointer: pointer(to: key),
        what: isKnown ? "\(key) beside \(what)" : "the keyword “\(key.prefix(64))”",
        supported: SchemaKeywords.list(isKnown ? keywords : SchemaKeywords.all)
      )
    }
  }

  func count(_ keyword: String) throws(GrammarError) -> Int? {
    guard let value = schema[keyword] else { return nil }
    guard let count = value.integer, count >= 0 else {
      throw .malformed(pointer: pointer(to: keyword), problem: "\(keyword) is a whole number of at least 0")
    }
    return count
  }
}
