struct TemplateToken: Sendable {
  enum Kind: Sendable {
    /// Text outside of tags, as it is printed.
    case data(String)
    case blockBegin, blockEnd, variableBegin, variableEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case symbol(Symbol)
    case end
  }

  enum Symbol: String, Sendable, CaseIterable {
    case power = "**"
    case floorDivide = "//"
    case equal = "=="
    case notEqual = "!="
    case greaterOrEqual = ">="
    case lessOrEqual = "<="
    case plus = "+"
    case minus = "-"
    case divide = "/"
    case multiply = "*"
    case modulo = "%"
    case tilde = "~"
    case leftBracket = "["
    case rightBracket = "]"
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBrace = "{"
    case rightBrace = "}"
    case greater = ">"
    case less = "<"
    case assign = "="
    case dot = "."
    case colon = ":"
    case pipe = "|"
    case comma = ","
    case semicolon = ";"

    /// The bracket that this one closes.
    var opening: Symbol? {
      switch self {
      case .rightBracket: .leftBracket
      case .rightParenthesis: .leftParenthesis
      case .rightBrace: .leftBrace
      default: nil
      }
    }
  }

  let kind: Kind
  let line: Int

  /// For error messages.
  var words: String {
    switch kind {
    case .data: "text"
    case .blockBegin: "“{%”"
    case .blockEnd: "“%}”"
    case .variableBegin: "“{{”"
    case .variableEnd: "“}}”"
    case .name(let name): "“\(name.prefix(40))”"
    case .string: "a string"
    case .integer, .float: "a number"
    case .symbol(let symbol): "“\(symbol.rawValue)”"
    case .end: "the end of the template"
    }
  }

  func isName(_ name: String) -> Bool {
    if case .name(name) = kind { true } else { false }
  }

  func isSymbol(_ symbol: Symbol) -> Bool {
    if case .symbol(symbol) = kind { true } else { false }
  }
}
