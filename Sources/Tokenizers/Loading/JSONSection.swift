import JSON

/// A part of tokenizer.json together with its path, so that every refusal says where.
struct JSONSection {
  let path: String
  let value: JSONValue

  /// The name in the `type` member that each component of the pipeline has.
  func type() throws(TokenizerError) -> String { try string("type") }

  func section(_ key: String) throws(TokenizerError) -> JSONSection {
    guard let section = try optionalSection(key) else { throw malformed("“\(key)” is missing") }
    return section
  }

  /// nil for an absent member and for JSON's null.
  func optionalSection(_ key: String) throws(TokenizerError) -> JSONSection? {
    guard let members = value.object else { throw malformed("an object is expected, not \(value.typeName)") }
    guard let member = members[key], !member.isNull else { return nil }
    return JSONSection(path: path.isEmpty ? key : "\(path).\(key)", value: member)
  }

  func string(_ key: String) throws(TokenizerError) -> String {
    try section(key).asString()
  }

  func optionalString(_ key: String) throws(TokenizerError) -> String? {
    guard let section = try optionalSection(key) else { return nil }
    return try section.asString()
  }

  /// The bytes of a string of one scalar.
  func character(_ key: String, absent: String? = nil) throws(TokenizerError) -> [UInt8] {
    guard let character = try optionalString(key) ?? absent, character.unicodeScalars.count == 1 else {
      throw malformed("“\(key)” is not one character")
    }
    return Array(character.utf8)
  }

  func integer(_ key: String) throws(TokenizerError) -> Int {
    try section(key).asInteger()
  }

  /// The member as a truth value; `absent` when the file leaves it out.
  func bool(_ key: String, absent: Bool) throws(TokenizerError) -> Bool {
    guard let section = try optionalSection(key) else { return absent }
    guard let bool = section.value.bool else { throw section.malformed("true or false is expected") }
    return bool
  }

  func array(_ key: String) throws(TokenizerError) -> [JSONSection] {
    try section(key).elements()
  }

  func elements() throws(TokenizerError) -> [JSONSection] {
    guard let elements = value.array else { throw malformed("an array is expected, not \(value.typeName)") }
    return elements.enumerated().map { JSONSection(path: "\(path)[\($0)]", value: $1) }
  }

  func asString() throws(TokenizerError) -> String {
    guard let string = value.string else { throw malformed("a string is expected, not \(value.typeName)") }
    return string
  }

  func asInteger() throws(TokenizerError) -> Int {
    guard let integer = value.integer else { throw malformed("an integer is expected, not \(value.typeName)") }
    return integer
  }

  func malformed(_ problem: String) -> TokenizerError {
    .malformed(path: path.isEmpty ? "the top level" : path, problem: problem)
  }

  func unsupported(_ name: String) -> TokenizerError {
    .unsupported(path: path.isEmpty ? "the top level" : path, name: name)
  }
}

extension JSONSection {
  /// The pattern of Replace and Split: `{"String": …}` or `{"Regex": …}`.
  enum Pattern {
    case literal([UInt8])
    case expression(String, at: JSONSection)
  }

  func pattern(_ key: String) throws(TokenizerError) -> Pattern {
    let pattern = try section(key)
    if let expression = try pattern.optionalString("Regex") { return .expression(expression, at: pattern) }
    let literal = Array(try pattern.string("String").utf8)
    guard !literal.isEmpty else { throw pattern.malformed("the pattern is empty") }
    return .literal(literal)
  }
}
