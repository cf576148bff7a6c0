extension TemplateParser {
  /// One expression, or several with commas between, which make a tuple.
  mutating func parseTuple(
    allowsConditional: Bool = true,
    inParentheses: Bool = false
  ) throws(TemplateError) -> TemplateExpression {
    var elements: [TemplateExpression] = []
    var isTuple = false
    while !isTupleEnd {
      elements.append(try parseExpression(allowsConditional: allowsConditional))
      guard skip(.comma) else { break }
      isTuple = true
    }
    if !isTuple, let first = elements.first { return first }
    guard isTuple || inParentheses else { throw unexpected("an expression is expected") }
    return .tuple(elements)
  }

  private var isTupleEnd: Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
    default: false
    }
  }

  mutating func parseExpression(allowsConditional: Bool = true) throws(TemplateError) -> TemplateExpression {
    try nested { (parser) throws(TemplateError) in
      allowsConditional ? try parser.parseConditionalExpression() : try parser.parseOr()
    }
  }

  private mutating func parseConditionalExpression() throws(TemplateError) -> TemplateExpression {
    let value = try parseOr()
    var alternatives: [(condition: TemplateExpression, otherwise: TemplateExpression?)] = []
    while skip(name: "if") {
      let condition = try parseOr()
      alternatives.append((condition, skip(name: "else") ? try parseExpression() : nil))
    }
    return alternatives.isEmpty ? value : .conditional(value, alternatives)
  }

  private mutating func parseOr() throws(TemplateError) -> TemplateExpression {
    var operands = [try parseAnd()]
    while skip(name: "or") { operands.append(try parseAnd()) }
    return operands.count == 1 ? operands[0] : .or(operands)
  }

  private mutating func parseAnd() throws(TemplateError) -> TemplateExpression {
    var operands = [try parseNot()]
    while skip(name: "and") { operands.append(try parseNot()) }
    return operands.count == 1 ? operands[0] : .and(operands)
  }

  private mutating func parseNot() throws(TemplateError) -> TemplateExpression {
    guard skip(name: "not") else { return try parseComparison() }
    return .not(try nested { (parser) throws(TemplateError) in try parser.parseNot() })
  }

  private mutating func parseComparison() throws(TemplateError) -> TemplateExpression {
    let first = try parseSum()
    var rest: [(operation: TemplateComparison, operand: TemplateExpression)] = []
    while let operation = skipComparison() { rest.append((operation, try parseSum())) }
    return rest.isEmpty ? first : .comparison(first, rest)
  }

  private mutating func skipComparison() -> TemplateComparison? {
    if case .symbol(let symbol) = current.kind, let operation = TemplateComparison(rawValue: symbol.rawValue) {
      advance()
      return operation
    }
    if skip(name: "in") { return .within }
    guard current.isName("not"), following.isName("in") else { return nil }
    advance()
    advance()
    return .notWithin
  }

  private mutating func parseSum() throws(TemplateError) -> TemplateExpression {
    try parseArithmetic([.plus, .minus]) { (parser) throws(TemplateError) in try parser.parseConcatenation() }
  }

  private mutating func parseConcatenation() throws(TemplateError) -> TemplateExpression {
    var operands = [try parseProduct()]
    while skip(.tilde) { operands.append(try parseProduct()) }
    return operands.count == 1 ? operands[0] : .concatenation(operands)
  }

  private mutating func parseProduct() throws(TemplateError) -> TemplateExpression {
    try parseArithmetic([.multiply, .divide, .floorDivide, .modulo]) { (parser) throws(TemplateError) in
      try parser.parseArithmetic([.power]) { (parser) throws(TemplateError) in try parser.parseUnary() }
    }
  }

  private mutating func parseArithmetic(
    _ symbols: Set<TemplateToken.Symbol>,
    _ parseOperand: (inout TemplateParser) throws(TemplateError) -> TemplateExpression
  ) throws(TemplateError) -> TemplateExpression {
    let first = try parseOperand(&self)
    var rest: [(operation: TemplateOperator, operand: TemplateExpression)] = []
    while case .symbol(let symbol) = current.kind, symbols.contains(symbol),
      let operation = TemplateOperator(rawValue: symbol.rawValue)
    {
      advance()
      rest.append((operation, try parseOperand(&self)))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  /// Attributes, subscripts and calls bind closer than a sign; filters and tests do not.
  private mutating func parseUnary() throws(TemplateError) -> TemplateExpression {
    let base = try parseSigned()
    var links: [TemplateLink] = []
    while let link = try parsePostfix() { links.append(link) }
    while let link = try parseFilterOrTest() { links.append(link) }
    return links.isEmpty ? base : .chain(base, links)
  }

  private mutating func parseSigned() throws(TemplateError) -> TemplateExpression {
    if skip(.minus) { return .negative(try parseSignedOperand()) }
    if skip(.plus) { return .positive(try parseSignedOperand()) }
    return try parsePrimary()
  }

  private mutating func parseSignedOperand() throws(TemplateError) -> TemplateExpression {
    try nested { (parser) throws(TemplateError) in
      let base = try parser.parseSigned()
      var links: [TemplateLink] = []
      while let link = try parser.parsePostfix() { links.append(link) }
      return links.isEmpty ? base : .chain(base, links)
    }
  }

  mutating func parsePrimary() throws(TemplateError) -> TemplateExpression {
    switch current.kind {
    case .name(let name):
      advance()
      return parseNamed(name)
    case .string(var text):
      advance()
      while case .string(let more) = current.kind {
        text += more
        advance()
      }
      return .string(text)
    case .integer(let value):
      advance()
      return .integer(value)
    case .float(let value):
      advance()
      return .float(value)
    case .symbol(.leftParenthesis):
      advance()
      let value = try parseTuple(inParentheses: true)
      try expect(.rightParenthesis)
      return value
    case .symbol(.leftBracket): return .list(try parseList())
    case .symbol(.leftBrace): return .dictionary(try parseDictionary())
    default: throw unexpected("an expression is expected")
    }
  }

  private mutating func parseNamed(_ name: String) -> TemplateExpression {
    switch name {
    case "true", "True": return .boolean(true)
    case "false", "False": return .boolean(false)
    case "none", "None": return .none
    case "caller", "varargs", "kwargs":
      if !specialNames.isEmpty { specialNames[specialNames.count - 1].insert(name) }
      return .name(name)
    default: return .name(name)
    }
  }

  private mutating func parseList() throws(TemplateError) -> [TemplateExpression] {
    advance()
    var elements: [TemplateExpression] = []
    while !skip(.rightBracket) {
      if !elements.isEmpty {
        try expect(.comma)
        if skip(.rightBracket) { break }
      }
      elements.append(try parseExpression())
    }
    return elements
  }

  private mutating func parseDictionary() throws(TemplateError) -> [(
    key: TemplateExpression, value: TemplateExpression
  )] {
    advance()
    var members: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !skip(.rightBrace) {
      if !members.isEmpty {
        try expect(.comma)
        if skip(.rightBrace) { break }
      }
      let key = try parseExpression()
      try expect(.colon)
      members.append((key, try parseExpression()))
    }
    return members
  }
}
