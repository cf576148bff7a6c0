extension TemplateParser {
  /// Statements up to one of the tags `ends`, whose name is then the current token.
  mutating func parseBody(until ends: Set<String>) throws(TemplateError) -> [TemplateStatement] {
    try nested { (parser) throws(TemplateError) in try parser.parseStatements(until: ends) }
  }

  private mutating func parseStatements(until ends: Set<String>) throws(TemplateError) -> [TemplateStatement] {
    var statements: [TemplateStatement] = []
    while true {
      let line = current.line
      switch current.kind {
      case .data(let text):
        advance()
        statements.append(TemplateStatement(kind: .text(text), line: line))
      case .variableBegin:
        advance()
        let value = try parseTuple()
        guard case .variableEnd = current.kind else { throw unexpected("“}}” is expected") }
        advance()
        statements.append(TemplateStatement(kind: .output(value), line: line))
      case .blockBegin:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) { return statements }
        try parseTag(into: &statements)
        try expectBlockEnd()
      default:
        guard ends.isEmpty else { throw unexpected("“\(ends.sorted().joined(separator: "” or “"))” is expected") }
        return statements
      }
    }
  }

  /// The body of a tag, from its `%}` to past the name of its end tag.
  private mutating func parseBlock(end: String) throws(TemplateError) -> [TemplateStatement] {
    try parseBlockStart()
    let body = try parseBody(until: [end])
    advance()
    return body
  }

  private mutating func parseBlockStart() throws(TemplateError) {
    _ = skip(.colon)
    try expectBlockEnd()
  }

  private mutating func parseTag(into statements: inout [TemplateStatement]) throws(TemplateError) {
    let line = current.line
    let name = try expectName()
    switch name {
    case "print":
      try parsePrint(line, into: &statements)
    default:
      statements.append(TemplateStatement(kind: try parseTag(name, line), line: line))
    }
  }

  private mutating func parseTag(_ name: String, _ line: Int) throws(TemplateError) -> TemplateStatement.Kind {
    switch name {
    case "for": try parseLoop()
    case "if": try parseConditional()
    case "set": try parseSet()
    case "with": try parseWith()
    case "macro": .macro(try parseMacro(name: try expectName()))
    case "call": try parseCallBlock()
    case "filter": .filterBlock(try parseFilters(), try parseBlock(end: "endfilter"))
    case "generation":
      .generation(
        try parseDetached { (parser) throws(TemplateError) in
          try parser.parseBlock(end: "endgeneration")
        }
      )
    case "break", "continue": try parseJump(name, line)
    case "include", "import", "from", "extends", "block", "autoescape", "trans", "do", "debug":
      throw .unsupported(line: line, feature: "the tag “\(name)”")
    default: throw .syntax(line: line, problem: "the tag “\(name.prefix(40))” is unknown here")
    }
  }

  private mutating func parsePrint(_ line: Int, into statements: inout [TemplateStatement]) throws(TemplateError) {
    var isFirst = true
    while true {
      if case .blockEnd = current.kind { return }
      if !isFirst { try expect(.comma) }
      isFirst = false
      statements.append(TemplateStatement(kind: .output(try parseExpression()), line: line))
    }
  }

  private mutating func parseLoop() throws(TemplateError) -> TemplateStatement.Kind {
    let target = try parseTarget(allowsAttributes: false)
    guard !target.names.contains("loop") else {
      throw .syntax(line: current.line, problem: "a loop cannot assign to “loop”")
    }
    try expect(name: "in")
    let iterable = try parseTuple(allowsConditional: false)
    let condition = skip(name: "if") ? try parseExpression() : nil
    if current.isName("recursive") { throw .unsupported(line: current.line, feature: "a recursive loop") }
    try parseBlockStart()
    loopDepth += 1
    let body = try parseBody(until: ["endfor", "else"])
    loopDepth -= 1
    let hasElse = current.isName("else")
    advance()
    return .loop(
      TemplateLoop(
        target: target,
        iterable: iterable,
        condition: condition,
        body: body,
        otherwise: hasElse ? try parseBlock(end: "endfor") : []
      )
    )
  }

  private mutating func parseJump(_ name: String, _ line: Int) throws(TemplateError) -> TemplateStatement.Kind {
    guard loopDepth > 0 else { throw .syntax(line: line, problem: "“\(name)” stands outside of a loop") }
    return name == "break" ? .breakLoop : .continueLoop
  }

  private mutating func parseConditional() throws(TemplateError) -> TemplateStatement.Kind {
    var branches: [(condition: TemplateExpression?, body: [TemplateStatement])] = []
    while true {
      let condition = try parseTuple(allowsConditional: false)
      try parseBlockStart()
      branches.append((condition, try parseBody(until: ["elif", "else", "endif"])))
      if skip(name: "elif") { continue }
      if advance().isName("else") { branches.append((nil, try parseBlock(end: "endif"))) }
      return .conditional(branches)
    }
  }

  private mutating func parseSet() throws(TemplateError) -> TemplateStatement.Kind {
    let target = try parseTarget(allowsAttributes: true)
    if skip(.assign) { return .assignment(target, try parseTuple()) }
    let filters = current.isSymbol(.pipe) ? try parsePipedFilters() : []
    return .capture(target, filters, try parseBlock(end: "endset"))
  }

  private mutating func parseWith() throws(TemplateError) -> TemplateStatement.Kind {
    var bindings: [(target: TemplateTarget, value: TemplateExpression)] = []
    while true {
      if case .blockEnd = current.kind { break }
      if !bindings.isEmpty { try expect(.comma) }
      let target = try parseTarget(allowsAttributes: false)
      try expect(.assign)
      bindings.append((target, try parseExpression()))
    }
    return .with(bindings, try parseBlock(end: "endwith"))
  }

  private mutating func parseMacro(name: String) throws(TemplateError) -> TemplateMacroSyntax {
    let parameters = try parseParameters()
    return try parseMacroBody(name: name, parameters, end: "endmacro")
  }

  private mutating func parseCallBlock() throws(TemplateError) -> TemplateStatement.Kind {
    let parameters = current.isSymbol(.leftParenthesis) ? try parseParameters() : []
    let callee = try parseExpression()
    guard case .chain(let base, var links) = callee, let last = links.popLast(), case .call(let call) = last.kind else {
      throw unexpected("a call is expected")
    }
    let body = try parseMacroBody(name: "caller", parameters, end: "endcall")
    return .callBlock(links.isEmpty ? base : .chain(base, links), call, body)
  }

  private mutating func parseMacroBody(
    name: String,
    _ parameters: [(name: String, defaultValue: TemplateExpression?)],
    end: String
  ) throws(TemplateError) -> TemplateMacroSyntax {
    specialNames.append([])
    let body = try parseDetached { (parser) throws(TemplateError) in try parser.parseBlock(end: end) }
    let mentioned = specialNames.removeLast()
    if !specialNames.isEmpty { specialNames[specialNames.count - 1].formUnion(mentioned) }
    return TemplateMacroSyntax(
      name: name,
      parameters: parameters,
      body: body,
      specialNames: mentioned.subtracting(parameters.map(\.name))
    )
  }

  /// A body that no `break` can leave.
  private mutating func parseDetached(
    _ parse: (inout TemplateParser) throws(TemplateError) -> [TemplateStatement]
  ) throws(TemplateError) -> [TemplateStatement] {
    let outer = loopDepth
    loopDepth = 0
    defer { loopDepth = outer }
    return try parse(&self)
  }

  private mutating func parseParameters() throws(TemplateError) -> [(name: String, defaultValue: TemplateExpression?)] {
    var parameters: [(name: String, defaultValue: TemplateExpression?)] = []
    try expect(.leftParenthesis)
    while !current.isSymbol(.rightParenthesis) {
      if !parameters.isEmpty { try expect(.comma) }
      let name = try expectName()
      let value = skip(.assign) ? try parseExpression() : nil
      guard value != nil || parameters.last?.defaultValue == nil else {
        throw .syntax(line: current.line, problem: "a parameter without default follows one with a default")
      }
      guard !parameters.contains(where: { $0.name == name }) else {
        throw .syntax(line: current.line, problem: "two parameters have one name")
      }
      parameters.append((name, value))
    }
    advance()
    return parameters
  }
}

extension TemplateTarget {
  var names: [String] {
    switch self {
    case .name(let name): [name]
    case .attribute: []
    case .tuple(let targets): targets.flatMap(\.names)
    }
  }
}
