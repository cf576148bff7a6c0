extension TemplateRenderer {
  /// How a statement ended.
  enum Flow {
    case next, breakLoop, continueLoop
  }

  func execute(_ statements: [TemplateStatement], in scope: TemplateScope) throws(TemplateError) -> Flow {
    try deeper { () throws(TemplateError) in
      for statement in statements {
        let flow = try execute(statement, in: scope)
        guard case .next = flow else { return flow }
      }
      return .next
    }
  }

  private func execute(_ statement: TemplateStatement, in scope: TemplateScope) throws(TemplateError) -> Flow {
    try step()
    line = statement.line
    switch statement.kind {
    case .text(let text): try emit(text)
    case .output(let expression): try emit(try printed(try evaluate(expression, in: scope)))
    case .loop(let loop): return try execute(loop, in: scope)
    case .conditional(let branches):
      for (condition, body) in branches {
        if let condition, !(try evaluate(condition, in: scope)).isTrue { continue }
        return try execute(body, in: scope)
      }
    case .assignment(let target, let value): try assign(try evaluate(value, in: scope), to: target, in: scope)
    case .capture(let target, let filters, let body):
      return try capture(body, filters, in: scope) { (value) throws(TemplateError) in
        try assign(value, to: target, in: scope)
      }
    case .filterBlock(let filters, let body):
      return try capture(body, filters, in: scope) { (value) throws(TemplateError) in try emit(try printed(value)) }
    case .with(let bindings, let body):
      let inner = TemplateScope(parent: scope)
      for (target, value) in bindings { try assign(try evaluate(value, in: scope), to: target, in: inner) }
      return try execute(body, in: inner)
    case .macro(let syntax): scope[syntax.name] = try makeMacro(syntax, in: scope)
    case .callBlock(let callee, let call, let body):
      let callee = try evaluate(callee, in: scope)
      var arguments = try arguments(call, in: scope)
      arguments.named.append(("caller", try makeMacro(body, in: scope)))
      try emit(try printed(try self.call(callee, arguments)))
    case .generation(let body):
      try markGeneration { () throws(TemplateError) in _ = try execute(body, in: TemplateScope(parent: scope)) }
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .next
  }

  /// Renders `body` aside, and passes it through `filters` to `use` unless a `break` or `continue` left it.
  private func capture(
    _ body: [TemplateStatement],
    _ filters: [TemplateLink],
    in scope: TemplateScope,
    use: (TemplateValue) throws(TemplateError) -> Void
  ) throws(TemplateError) -> Flow {
    let inner = TemplateScope(parent: scope)
    var flow = Flow.next
    var value = TemplateValue.string(
      try capture { () throws(TemplateError) in flow = try execute(body, in: inner) }
    )
    guard case .next = flow else { return flow }
    for filter in filters { value = try apply(filter, to: value, in: inner) }
    try use(value)
    return .next
  }

  private func execute(_ loop: TemplateLoop, in scope: TemplateScope) throws(TemplateError) -> Flow {
    let elements = try elements(try elements(of: try evaluate(loop.iterable, in: scope)))
    let state = TemplateLoopState(elements.values, condition: condition(of: loop, in: scope))
    defer { state.finish() }
    // As in jinja2, a pass that a jump cuts short does not count for `else`.
    var hasCompleted = false
    while let element = try state.next() {
      try step()
      let inner = TemplateScope(parent: scope)
      try assign(element, to: loop.target, in: inner)
      inner["loop"] = .loop(state)
      let flow = try execute(loop.body, in: inner)
      if case .breakLoop = flow { break }
      if case .next = flow { hasCompleted = true }
    }
    return hasCompleted ? .next : try execute(loop.otherwise, in: TemplateScope(parent: scope))
  }

  private func condition(
    of loop: TemplateLoop,
    in scope: TemplateScope
  ) -> ((TemplateValue) throws(TemplateError) -> Bool)? {
    guard let condition = loop.condition else { return nil }
    return { [self] (element) throws(TemplateError) in
      let inner = TemplateScope(parent: scope)
      try assign(element, to: loop.target, in: inner)
      return try evaluate(condition, in: inner).isTrue
    }
  }

  func assign(
    _ value: TemplateValue,
    to target: TemplateTarget,
    in scope: TemplateScope
  ) throws(TemplateError) {
    switch target {
    case .name(let name): scope[name] = value
    case .attribute(let name, let attribute):
      guard case .namespace(let namespace)? = scope[name] else {
        throw failure("“\(name)” is no namespace, and other values cannot be changed")
      }
      try step(namespace.members.count / 16 + 1)
      namespace[attribute] = value
    case .tuple(let targets):
      let values = try elements(of: value)
      guard values.count == targets.count else {
        throw failure("\(values.count) values for \(targets.count) names")
      }
      for (target, value) in zip(targets, values) { try assign(value, to: target, in: scope) }
    }
  }
}
