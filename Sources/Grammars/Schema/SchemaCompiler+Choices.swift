internal import JSON

extension SchemaCompiler {
  mutating func appendReference(_ place: SchemaPlace, from start: Int32, to end: Int32) throws(GrammarError) {
    try place.allowOnly(["$ref"], beside: "$ref")
    let (target, pointer) = try resolve(place)
    builder.connect(start, to: end, calling: try rule(for: target, at: pointer))
  }

  private func resolve(_ place: SchemaPlace) throws(GrammarError) -> (JSONValue, pointer: String) {
    let pointer = place.pointer(to: "$ref")
    guard let reference = place.schema["$ref"]?.string, reference == "#" || reference.hasPrefix("#/") else {
      throw .unsupported(
        pointer: pointer,
        what: "a reference to something outside the schema",
        supported: "“#” and “#/…”, a JSON pointer such as “#/$defs/name”"
      )
    }
    var value = root
    for part in reference.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let key = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
      guard let next = value[key] ?? value.element(key) else {
        throw .malformed(pointer: pointer, problem: "“\(reference.prefix(64))” refers to nothing")
      }
      value = next
    }
    return (value, String(reference.dropFirst()))
  }

  /// oneOf and allOf of one schema mean that schema.
  mutating func appendChoice(
    _ keyword: String,
    of place: SchemaPlace,
    from start: Int32,
    to end: Int32
  ) throws(GrammarError) {
    try place.allowOnly([keyword], beside: keyword)
    let pointer = place.pointer(to: keyword)
    guard let branches = place.schema[keyword]?.array, !branches.isEmpty else {
      throw .malformed(pointer: pointer, problem: "\(keyword) is a list of at least one schema")
    }
    guard keyword == "anyOf" || branches.count == 1 else {
      throw .unsupported(
        pointer: pointer,
        what: "\(keyword) of several schemas",
        supported: "anyOf; \(keyword) of one schema"
      )
    }
    for (index, branch) in branches.enumerated() {
      builder.connect(start, to: end, calling: try rule(for: branch, at: "\(pointer)/\(index)"))
    }
  }

  /// enum and const: the values of the schema's types, spelt compactly.
  mutating func appendValues(_ place: SchemaPlace, from start: Int32, to end: Int32) throws(GrammarError) {
    let keyword = place.schema["const"] == nil ? "enum" : "const"
    try place.allowOnly([keyword, "type"], beside: keyword)
    let pointer = place.pointer(to: keyword)
    guard let values = keyword == "const" ? place.schema["const"].map({ [$0] }) : place.schema["enum"]?.array else {
      throw .malformed(pointer: pointer, problem: "enum is a list of values")
    }
    let types = place.schema["type"] == nil ? SchemaKeywords.types : try place.types()
    let texts = values.filter { value in types.contains { value.isOfType($0) } }.map(\.text)
    guard !texts.isEmpty else {
      throw .unsatisfiable(pointer: pointer, problem: "\(keyword) has no value of the type that stands beside it")
    }
    try builder.connect(start, to: end, readingOneOf: texts)
  }
}

extension JSONValue {
  fileprivate func element(_ key: String) -> JSONValue? {
    guard let array, let index = Int(key), array.indices.contains(index) else { return nil }
    return array[index]
  }

  fileprivate func isOfType(_ type: String) -> Bool {
    switch type {
    case "integer": integer != nil
    case "number": double != nil
    default: typeName == type
    }
  }
}
