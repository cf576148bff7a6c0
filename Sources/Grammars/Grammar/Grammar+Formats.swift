package import JSON

extension Grammar {
  /// The documents of a JSON schema; see `SchemaCompiler` for the subset.
  package static func schema(_ schema: JSONValue) throws(GrammarError) -> Grammar {
    try SchemaCompiler.compile(schema)
  }

  /// The texts that a regular expression matches as a whole; see `RegexParser` for the subset.
  package static func expression(_ pattern: String) throws(GrammarError) -> Grammar {
    let node: RegexNode
    do throws(RegexError) {
      node = try RegexParser.parse(pattern)
    } catch {
      throw .expression(pointer: nil, error)
    }
    guard let automaton = try ByteAutomaton.matching(node) else {
      throw .expression(pointer: nil, RegexError(offset: 0, problem: "no text matches it"))
    }
    var builder = GrammarBuilder()
    let (start, end) = (try builder.makeState(), try builder.makeState(isFinal: true))
    try builder.connect(start, to: end, reading: .automaton(automaton))
    return try builder.grammar(from: start)
  }

  /// Any JSON object, nested as deep as the stack allows. As RFC 8259 lets it, a key may come twice.
  package static func anyObject() throws(GrammarError) -> Grammar {
    var builder = GrammarBuilder()
    let value = try builder.makeState()
    let object = try builder.makeState()
    let array = try builder.makeState()
    let end = try builder.makeState(isFinal: true)
    builder.connect(value, to: end, calling: object)
    builder.connect(value, to: end, calling: array)
    try builder.connect(value, to: end, reading: .string(.any))
    try builder.connect(value, to: end, readingOneOf: ["true", "false", "null"])
    if let numbers = try StandardTerminal.number.automaton() {
      try builder.connect(value, to: end, reading: .automaton(numbers))
    }
    let (first, key) = (try builder.makeState(), try builder.makeState())
    let (member, next) = (try builder.makeState(), try builder.makeState())
    try builder.connect(object, to: first, reading: SpacedText("{"))
    try builder.connect(first, to: end, reading: SpacedText("}"))
    builder.connect(first, to: key)
    let colon = try builder.makeState()
    try builder.connect(key, to: colon, reading: .string(.any))
    try builder.connect(colon, to: member, reading: SpacedText(":").space)
    builder.connect(member, to: next, calling: value)
    try builder.connect(next, to: key, reading: SpacedText(",").space)
    try builder.connect(next, to: end, reading: SpacedText("}"))
    let (opened, element, closing) = (try builder.makeState(), try builder.makeState(), try builder.makeState())
    try builder.connect(array, to: opened, reading: SpacedText("["))
    try builder.connect(opened, to: end, reading: SpacedText("]"))
    builder.connect(opened, to: element)
    builder.connect(element, to: closing, calling: value)
    try builder.connect(closing, to: element, reading: SpacedText(",").space)
    try builder.connect(closing, to: end, reading: SpacedText("]"))
    return try builder.grammar(from: object)
  }
}
