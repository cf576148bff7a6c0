/// The syntax tree. Chains of operators, filters and calls are flat lists, so that the tree is no deeper than the
/// brackets and tags of the template, which the parser bounds.
indirect enum TemplateExpression: Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case name(String)
  case list([TemplateExpression])
  case tuple([TemplateExpression])
  case dictionary([(key: TemplateExpression, value: TemplateExpression)])
  /// `base.attribute[key](call)|filter is test`, applied from left to right.
  case chain(TemplateExpression, [TemplateLink])
  case negative(TemplateExpression)
  case positive(TemplateExpression)
  case not(TemplateExpression)
  case arithmetic(TemplateExpression, [(operation: TemplateOperator, operand: TemplateExpression)])
  /// `a ~ b`
  case concatenation([TemplateExpression])
  case comparison(TemplateExpression, [(operation: TemplateComparison, operand: TemplateExpression)])
  case and([TemplateExpression])
  case or([TemplateExpression])
  /// `value if condition else otherwise`; of several, the last is the outermost.
  case conditional(TemplateExpression, [(condition: TemplateExpression, otherwise: TemplateExpression?)])
}

enum TemplateOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

enum TemplateComparison: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case within = "in"
  case notWithin = "not in"
}

struct TemplateLink: Sendable {
  enum Kind: Sendable {
    case attribute(String)
    case subscription(TemplateExpression)
    case slice(start: TemplateExpression?, stop: TemplateExpression?, step: TemplateExpression?)
    case call(TemplateCall)
    case filter(String, TemplateCall)
    case test(String, TemplateCall, isNegated: Bool)
  }

  let kind: Kind
  let line: Int
}

/// The arguments of a call as written.
struct TemplateCall: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []
  /// `*values`
  var spread: TemplateExpression?
  /// `**values`
  var namedSpread: TemplateExpression?
}

indirect enum TemplateTarget: Sendable {
  case name(String)
  /// `namespace.attribute`, which only `set` may assign to.
  case attribute(namespace: String, name: String)
  case tuple([TemplateTarget])
}

struct TemplateStatement: Sendable {
  indirect enum Kind: Sendable {
    case text(String)
    case output(TemplateExpression)
    case loop(TemplateLoop)
    /// The branches of an `if`; `else` has no condition.
    case conditional([(condition: TemplateExpression?, body: [TemplateStatement])])
    case assignment(TemplateTarget, TemplateExpression)
    /// `{% set x | filter %}…{% endset %}`
    case capture(TemplateTarget, [TemplateLink], [TemplateStatement])
    case with([(target: TemplateTarget, value: TemplateExpression)], [TemplateStatement])
    case macro(TemplateMacroSyntax)
    /// The callee, its arguments, and the body that it gets as `caller`.
    case callBlock(TemplateExpression, TemplateCall, TemplateMacroSyntax)
    case filterBlock([TemplateLink], [TemplateStatement])
    /// Hugging Face's mark around what the assistant says.
    case generation([TemplateStatement])
    case breakLoop
    case continueLoop
  }

  let kind: Kind
  let line: Int
}

struct TemplateLoop: Sendable {
  let target: TemplateTarget
  let iterable: TemplateExpression
  let condition: TemplateExpression?
  let body: [TemplateStatement]
  let otherwise: [TemplateStatement]
}

struct TemplateMacroSyntax: Sendable {
  let name: String
  let parameters: [(name: String, defaultValue: TemplateExpression?)]
  let body: [TemplateStatement]
  /// Which of `caller`, `varargs` and `kwargs` the body mentions: only then does a call accept them.
  let specialNames: Set<String>
}
