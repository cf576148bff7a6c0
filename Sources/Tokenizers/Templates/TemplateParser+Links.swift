extension TemplateParser {
  /// `.name`, `.0`, `[key]`, `[a:b:c]` or `(arguments)`; nil when something else follows.
  mutating func parsePostfix() throws(TemplateError) -> TemplateLink? {
    let line = current.line
    if skip(.dot) { return TemplateLink(kind: try parseAttribute(), line: line) }
    if skip(.leftBracket) { return TemplateLink(kind: try parseSubscript(), line: line) }
    guard current.isSymbol(.leftParenthesis) else { return nil }
    return TemplateLink(kind: .call(try parseArguments()), line: line)
  }

  /// `|filter`, `is test`, or the call of what they gave.
  mutating func parseFilterOrTest() throws(TemplateError) -> TemplateLink? {
    if skip(.pipe) { return try parseFilter() }
    let line = current.line
    if skip(name: "is") { return TemplateLink(kind: try parseTest(), line: line) }
    guard current.isSymbol(.leftParenthesis) else { return nil }
    return TemplateLink(kind: .call(try parseArguments()), line: line)
  }

  /// `name(arguments)|name…`, as in `{% filter %}`.
  mutating func parseFilters() throws(TemplateError) -> [TemplateLink] {
    [try parseFilter()] + (try parsePipedFilters())
  }

  mutating func parsePipedFilters() throws(TemplateError) -> [TemplateLink] {
    var filters: [TemplateLink] = []
    while skip(.pipe) { filters.append(try parseFilter()) }
    return filters
  }

  private mutating func parseFilter() throws(TemplateError) -> TemplateLink {
    let line = current.line
    let name = try parseDottedName()
    let call = current.isSymbol(.leftParenthesis) ? try parseArguments() : TemplateCall()
    return TemplateLink(kind: .filter(name, call), line: line)
  }

  private mutating func parseDottedName() throws(TemplateError) -> String {
    var name = try expectName()
    while skip(.dot) { name += ".\(try expectName())" }
    return name
  }

  private mutating func parseAttribute() throws(TemplateError) -> TemplateLink.Kind {
    if case .integer(let index) = current.kind {
      advance()
      return .subscription(.integer(index))
    }
    return .attribute(try expectName())
  }

  private mutating func parseSubscript() throws(TemplateError) -> TemplateLink.Kind {
    if skip(.rightBracket) { return .subscription(.tuple([])) }
    let first = try parseSubscriptPart()
    guard current.isSymbol(.comma) else {
      try expect(.rightBracket)
      return first
    }
    guard case .subscription(let expression) = first else { throw unexpected("“]” is expected") }
    var elements = [expression]
    while skip(.comma) { elements.append(try parseExpression()) }
    try expect(.rightBracket)
    return .subscription(.tuple(elements))
  }

  private mutating func parseSubscriptPart() throws(TemplateError) -> TemplateLink.Kind {
    let start = current.isSymbol(.colon) ? nil : try parseExpression()
    guard skip(.colon) else { return .subscription(start ?? .none) }
    let stop = try parseSliceBound()
    let step = skip(.colon) ? try parseSliceBound() : nil
    return .slice(start: start, stop: stop, step: step)
  }

  private mutating func parseSliceBound() throws(TemplateError) -> TemplateExpression? {
    switch current.kind {
    case .symbol(.colon), .symbol(.rightBracket), .symbol(.comma): nil
    default: try parseExpression()
    }
  }

  private mutating func parseTest() throws(TemplateError) -> TemplateLink.Kind {
    let isNegated = skip(name: "not")
    let name = try parseDottedName()
    if current.isSymbol(.leftParenthesis) { return .test(name, try parseArguments(), isNegated: isNegated) }
    guard startsTestArgument else { return .test(name, TemplateCall(), isNegated: isNegated) }
    guard !current.isName("is") else { throw unexpected("two tests in a row need “and” between them") }
    let argument = try nested { (parser) throws(TemplateError) in
      let base = try parser.parsePrimary()
      var links: [TemplateLink] = []
      while let link = try parser.parsePostfix() { links.append(link) }
      return links.isEmpty ? base : TemplateExpression.chain(base, links)
    }
    return .test(name, TemplateCall(positional: [argument]), isNegated: isNegated)
  }

  /// A test takes one argument without parentheses: `is divisibleby 3`.
  private var startsTestArgument: Bool {
    switch current.kind {
    case .string, .integer, .float, .symbol(.leftBracket), .symbol(.leftBrace): true
    case .name(let name): !["else", "or", "and"].contains(name)
    default: false
    }
  }

  private mutating func parseArguments() throws(TemplateError) -> TemplateCall {
    try expect(.leftParenthesis)
    var call = TemplateCall()
    var isFirst = true
    while !skip(.rightParenthesis) {
      if !isFirst {
        try expect(.comma)
        if skip(.rightParenthesis) { break }
      }
      isFirst = false
      try parseArgument(into: &call)
    }
    return call
  }

  private mutating func parseArgument(into call: inout TemplateCall) throws(TemplateError) {
    let isOpen = call.spread == nil && call.namedSpread == nil
    if isOpen, skip(.multiply) {
      call.spread = try parseExpression()
    } else if call.namedSpread == nil, skip(.power) {
      call.namedSpread = try parseExpression()
    } else if call.namedSpread == nil, case .name(let name) = current.kind, following.isSymbol(.assign) {
      advance()
      advance()
      guard !call.named.contains(where: { $0.name == name }) else { throw unexpected("an argument is given twice") }
      call.named.append((name, try parseExpression()))
    } else if isOpen, call.named.isEmpty {
      call.positional.append(try parseExpression())
    } else {
      throw unexpected("“)” is expected")
    }
  }
}
