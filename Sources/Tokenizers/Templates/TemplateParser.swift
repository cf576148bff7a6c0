/// A recursive-descent parser with jinja2's grammar. `depth` bounds the recursion.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private let limits: TemplateLimits
  private var index = 0
  private var depth = 0
  /// Loops around the current statement, within the innermost macro.
  var loopDepth = 0
  /// The special names mentioned so far in each macro that is open.
  var specialNames: [Set<String>] = []

  static func parse(_ source: String, limits: TemplateLimits) throws(TemplateError) -> [TemplateStatement] {
    guard source.utf8.count <= limits.sourceBytes else {
      throw .limitExceeded(line: 1, limit: "\(limits.sourceBytes) bytes of source")
    }
    var lexer = TemplateLexer(source)
    var parser = TemplateParser(tokens: try lexer.tokenize(), limits: limits)
    return try parser.parseBody(until: [])
  }

  private init(tokens: [TemplateToken], limits: TemplateLimits) {
    self.tokens = tokens
    self.limits = limits
  }

  var current: TemplateToken { tokens[index] }
  var following: TemplateToken { tokens[min(index + 1, tokens.count - 1)] }

  /// Never past the end, which is a token of its own.
  @discardableResult
  mutating func advance() -> TemplateToken {
    defer { index = min(index + 1, tokens.count - 1) }
    return tokens[index]
  }

  mutating func skip(_ symbol: TemplateToken.Symbol) -> Bool {
    guard current.isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func skip(name: String) -> Bool {
    guard current.isName(name) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: TemplateToken.Symbol) throws(TemplateError) {
    guard skip(symbol) else { throw unexpected("“\(symbol.rawValue)” is expected") }
  }

  mutating func expectName() throws(TemplateError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected("a name is expected") }
    advance()
    return name
  }

  mutating func expect(name: String) throws(TemplateError) {
    guard skip(name: name) else { throw unexpected("“\(name)” is expected") }
  }

  mutating func expectBlockEnd() throws(TemplateError) {
    guard case .blockEnd = current.kind else { throw unexpected("“%}” is expected") }
    advance()
  }

  func unexpected(_ expectation: String) -> TemplateError {
    .syntax(line: current.line, problem: "\(expectation), not \(current.words)")
  }

  mutating func nested<Result>(
    _ parse: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    guard depth < limits.nesting else {
      throw .limitExceeded(line: current.line, limit: "\(limits.nesting) levels of nesting")
    }
    depth += 1
    defer { depth -= 1 }
    return try parse(&self)
  }
}
