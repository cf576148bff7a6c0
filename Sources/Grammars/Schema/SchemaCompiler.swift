internal import JSON

/// Compiles the subset of JSON Schema that structured outputs use into a grammar.
///
/// Each schema becomes a rule, equal ones the same; rules wait in a list, so that nothing here recurses however deep a
/// schema refers or nests.
///
/// Documents have their properties in the order of `required` where all are, else in the schema's, and no white space
/// but at most one space after “,” and “:”. An object has the properties that the schema names, also where additionalProperties is missing. Free strings use any
/// escapes; those with a pattern or format only the necessary ones. Numbers have as many digits as binary64 keeps.
struct SchemaCompiler {
  let root: JSONValue
  var builder = GrammarBuilder()
  private var rules: [JSONValue: Int32] = [:]
  private var pending: [(value: JSONValue, pointer: String, start: Int32)] = []

  static func compile(_ schema: JSONValue) throws(GrammarError) -> Grammar {
    var compiler = SchemaCompiler(root: schema)
    return try compiler.compile()
  }

  private init(root: JSONValue) { self.root = root }

  private mutating func compile() throws(GrammarError) -> Grammar {
    let start = try rule(for: root, at: "")
    var next = 0
    while next < pending.count {
      let (value, pointer, start) = pending[next]
      next += 1
      do throws(GrammarError) {
        try append(try SchemaPlace(value, at: pointer), from: start)
      } catch {
        throw error.located(at: pointer)
      }
    }
    return try builder.grammar(from: start)
  }

  /// The state in which the rule for `schema` begins.
  mutating func rule(for schema: JSONValue, at pointer: String) throws(GrammarError) -> Int32 {
    if let start = rules[schema] { return start }
    guard rules.count < Limits.rules else {
      throw .tooLarge(pointer: pointer, what: "there are too many different schemas", limit: Limits.rules)
    }
    let start = try builder.makeState()
    rules[schema] = start
    pending.append((schema, pointer, start))
    return start
  }

  private mutating func append(_ place: SchemaPlace, from start: Int32) throws(GrammarError) {
    let end = try builder.makeState(isFinal: true)
    let schema = place.schema
    if schema["$ref"] != nil { return try appendReference(place, from: start, to: end) }
    for keyword in ["anyOf", "oneOf", "allOf"] where schema[keyword] != nil {
      return try appendChoice(keyword, of: place, from: start, to: end)
    }
    if schema["enum"] != nil || schema["const"] != nil { return try appendValues(place, from: start, to: end) }
    let types = try place.types()
    try place.allowOnly(
      types.reduce(["type"]) { $0.union(SchemaKeywords.allowed(for: $1)) },
      beside: "the type \(types.joined(separator: ", "))"
    )
    for type in types { try append(type, of: place, from: start, to: end) }
  }

  private mutating func append(
    _ type: String,
    of place: SchemaPlace,
    from start: Int32,
    to end: Int32
  ) throws(GrammarError) {
    switch type {
    case "object": try appendObject(place, from: start, to: end)
    case "array": try appendArray(place, from: start, to: end)
    case "string": try builder.connect(start, to: end, reading: try place.stringTerminal())
    case "number", "integer": try builder.connect(start, to: end, reading: try place.numberTerminal(type: type))
    case "boolean": try builder.connect(start, to: end, readingOneOf: ["true", "false"])
    default: try builder.connect(start, to: end, readingOneOf: ["null"])
    }
  }
}
