extension TemplateRenderer {
  func evaluate(_ expression: TemplateExpression, in scope: TemplateScope) throws(TemplateError) -> TemplateValue {
    try deeper { () throws(TemplateError) in
      switch expression {
      case .none: return .none
      case .boolean(let value): return .boolean(value)
      case .integer(let value): return .integer(value)
      case .float(let value): return .float(value)
      case .string(let text): return .string(text)
      case .name(let name): return lookup(name, in: scope)
      case .list(let elements): return try list(try evaluate(elements, in: scope))
      case .tuple(let elements): return try tuple(try evaluate(elements, in: scope))
      case .dictionary(let members): return try evaluateDictionary(members, in: scope)
      case .chain(let base, let links): return try evaluateChain(base, links, in: scope)
      case .negative(let operand): return try negated(try evaluate(operand, in: scope))
      case .positive(let operand): return try calculate(.add, .integer(0), try evaluate(operand, in: scope))
      case .not(let operand): return .boolean(!(try evaluate(operand, in: scope)).isTrue)
      case .arithmetic(let first, let rest): return try evaluateArithmetic(first, rest, in: scope)
      case .concatenation(let operands): return try evaluateConcatenation(operands, in: scope)
      case .comparison(let first, let rest): return try evaluateComparison(first, rest, in: scope)
      case .and(let operands): return try evaluateJunction(operands, endsAt: false, in: scope)
      case .or(let operands): return try evaluateJunction(operands, endsAt: true, in: scope)
      case .conditional(let value, let alternatives):
        return try evaluateConditional(value, alternatives, in: scope)
      }
    }
  }

  private func lookup(_ name: String, in scope: TemplateScope) -> TemplateValue {
    if let value = scope[name] { return value }
    if let builtin = TemplateBuiltin(rawValue: name) { return .function(.builtin(builtin)) }
    return .undefined("“\(name)” is undefined")
  }

  private func evaluate(
    _ expressions: [TemplateExpression],
    in scope: TemplateScope
  ) throws(TemplateError) -> [TemplateValue] {
    try expressions.map { (expression) throws(TemplateError) in try evaluate(expression, in: scope) }
  }

  private func evaluateDictionary(
    _ members: [(key: TemplateExpression, value: TemplateExpression)],
    in scope: TemplateScope
  ) throws(TemplateError) -> TemplateValue {
    var values: [(key: TemplateValue, value: TemplateValue)] = []
    for (key, value) in members { values.append((try evaluate(key, in: scope), try evaluate(value, in: scope))) }
    return try dictionary(values)
  }

  private func negated(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
    if case .float(let value) = value { return .float(-value) }
    return try calculate(.subtract, .integer(0), value)
  }

  private func evaluateArithmetic(
    _ first: TemplateExpression,
    _ rest: [(operation: TemplateOperator, operand: TemplateExpression)],
    in scope: TemplateScope
  ) throws(TemplateError) -> TemplateValue {
    var value = try evaluate(first, in: scope)
    for (operation, operand) in rest { value = try calculate(operation, value, try evaluate(operand, in: scope)) }
    return value
  }

  private func evaluateConcatenation(
    _ operands: [TemplateExpression],
    in scope: TemplateScope
  ) throws(TemplateError) -> TemplateValue {
    var text = ""
    for operand in operands {
      let piece = try printed(try evaluate(operand, in: scope))
      try charge(bytes: piece.utf8.count)
      text += piece
    }
    return .string(text)
  }

  private func evaluateComparison(
    _ first: TemplateExpression,
    _ rest: [(operation: TemplateComparison, operand: TemplateExpression)],
    in scope: TemplateScope
  ) throws(TemplateError) -> TemplateValue {
    var left = try evaluate(first, in: scope)
    for (operation, operand) in rest {
      let right = try evaluate(operand, in: scope)
      guard try compare(operation, left, right) else { return .boolean(false) }
      left = right
    }
    return .boolean(true)
  }

  /// `and` and `or` give the operand that decided.
  private func evaluateJunction(
    _ operands: [TemplateExpression],
    endsAt decisive: Bool,
    in scope: TemplateScope
  ) throws(TemplateError) -> TemplateValue {
    var value = TemplateValue.none
    for operand in operands {
      value = try evaluate(operand, in: scope)
      if value.isTrue == decisive { break }
    }
    return value
  }

  private func evaluateConditional(
    _ value: TemplateExpression,
    _ alternatives: [(condition: TemplateExpression, otherwise: TemplateExpression?)],
    in scope: TemplateScope
  ) throws(TemplateError) -> TemplateValue {
    for (condition, otherwise) in alternatives.reversed() where !(try evaluate(condition, in: scope)).isTrue {
      guard let otherwise else { return .undefined("a condition without “else” did not hold") }
      return try evaluate(otherwise, in: scope)
    }
    return try evaluate(value, in: scope)
  }

  private func evaluateChain(
    _ base: TemplateExpression,
    _ links: [TemplateLink],
    in scope: TemplateScope
  ) throws(TemplateError) -> TemplateValue {
    var value = try evaluate(base, in: scope)
    for link in links { value = try apply(link, to: value, in: scope) }
    return value
  }

  func apply(
    _ link: TemplateLink,
    to value: TemplateValue,
    in scope: TemplateScope
  ) throws(TemplateError) -> TemplateValue {
    try step()
    line = link.line
    switch link.kind {
    case .attribute(let name): return try attribute(name, of: value)
    case .subscription(let key): return try subscription(value, try evaluate(key, in: scope))
    case .slice(let start, let stop, let step):
      return try slice(value, try bound(start, in: scope), try bound(stop, in: scope), try bound(step, in: scope))
    case .call(let call): return try self.call(value, try arguments(call, in: scope))
    case .filter(let name, let call): return try applyFilter(name, value, try arguments(call, in: scope))
    case .test(let name, let call, let isNegated):
      return .boolean(try applyTest(name, value, try arguments(call, in: scope)) != isNegated)
    }
  }

  private func bound(_ expression: TemplateExpression?, in scope: TemplateScope) throws(TemplateError) -> TemplateValue
  {
    guard let expression else { return .none }
    return try evaluate(expression, in: scope)
  }

  func arguments(_ call: TemplateCall, in scope: TemplateScope) throws(TemplateError) -> TemplateArguments {
    var arguments = TemplateArguments(positional: try evaluate(call.positional, in: scope))
    for (name, value) in call.named { arguments.named.append((name, try evaluate(value, in: scope))) }
    if let spread = call.spread {
      arguments.positional += try elements(try elements(of: try evaluate(spread, in: scope))).values
    }
    guard let namedSpread = call.namedSpread else { return arguments }
    guard case .dictionary(let members) = try evaluate(namedSpread, in: scope) else {
      throw failure("what follows “**” is no dict")
    }
    for (key, value) in zip(members.keys, members.values) {
      arguments.named.append((try text(key, "the name of an argument"), value))
    }
    return arguments
  }
}
