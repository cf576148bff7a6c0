/// The functions that templates find without being given them.
enum TemplateBuiltin: String {
  case range, dict, namespace, cycler, joiner
  case raiseException = "raise_exception"
  case strftimeNow = "strftime_now"
}

extension TemplateRenderer {
  func call(_ callee: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
    try requireDefined(callee)
    guard case .function(let function) = callee else { throw failure("a \(callee.typeName) cannot be called") }
    switch function {
    case .builtin(let builtin): return try call(builtin, arguments)
    case .macro(let macro): return try call(macro, arguments)
    case .method(let receiver, let name): return try callMethod(name, of: receiver, arguments)
    case .joiner(let joiner):
      try arguments.requireNone(of: "a joiner", self)
      defer { joiner.isUsed = true }
      return joiner.isUsed ? joiner.separator : .string("")
    case .cycler: throw failure("a cycler cannot be called; it has “next”")
    }
  }

  private func call(_ builtin: TemplateBuiltin, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
    switch builtin {
    case .range: return try makeRange(arguments)
    case .dict: return try dictionary(try members(arguments))
    case .namespace:
      let namespace = try makeNamespace()
      for (key, value) in try members(arguments) {
        try step(namespace.members.count / 16 + 1)
        namespace[try text(key, "the name of an attribute")] = value
      }
      return .namespace(namespace)
    case .cycler:
      guard !arguments.positional.isEmpty, arguments.named.isEmpty else { throw failure("cycler takes values") }
      return .function(.cycler(TemplateCycler(try elements(arguments.positional))))
    case .joiner:
      let separator = try arguments.matched(to: ["sep"], of: "joiner", self)[0] ?? .string(", ")
      try checkValueDepth(separator.depth + 1)
      return .function(.joiner(TemplateJoiner(separator: separator)))
    case .raiseException:
      guard let message = try arguments.matched(to: ["message"], of: "raise_exception", self)[0] else {
        throw failure("raise_exception takes a message")
      }
      throw .raised(line: line, message: try printed(message))
    case .strftimeNow:
      let format = try arguments.matched(to: ["format"], of: "strftime_now", self)[0] ?? .none
      return try string(try formattedTime(try text(format, "the format of a time")))
    }
  }

  /// What `dict()` and `namespace()` take: a mapping or pairs, and names with values.
  private func members(
    _ arguments: TemplateArguments
  ) throws(TemplateError) -> [(key: TemplateValue, value: TemplateValue)] {
    var members: [(key: TemplateValue, value: TemplateValue)] = []
    guard arguments.positional.count <= 1 else { throw failure("a dict is made of one value and named ones") }
    if case .dictionary(let dictionary)? = arguments.positional.first {
      members += zip(dictionary.keys, dictionary.values).map { ($0, $1) }
    } else if let pairs = arguments.positional.first {
      for pair in try elements(of: pairs) {
        let pair = try elements(of: pair)
        guard pair.count == 2 else { throw failure("a member of a dict is a pair") }
        members.append((pair[0], pair[1]))
      }
    }
    return members + arguments.named.map { (.string($0.name), $0.value) }
  }

  private func makeRange(_ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
    guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw failure("range takes one to three integers")
    }
    let bounds = try arguments.positional.map { (value) throws(TemplateError) in
      try integer(value, "a bound of range")
    }
    let start = bounds.count == 1 ? 0 : bounds[0]
    let stop = bounds.count == 1 ? bounds[0] : bounds[1]
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw failure("the step of range is zero") }
    let (distance, overflow) =
      step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
    let last = Double(stop).magnitude + Double(start).magnitude + Double(step).magnitude
    guard !overflow, last < 0x1p62 else { throw exceeded("\(limits.rangeCount) elements of a range") }
    let count = distance <= 0 ? 0 : (distance - 1) / Int(step.magnitude) + 1
    guard count <= limits.rangeCount else { throw exceeded("\(limits.rangeCount) elements of a range") }
    return .range(TemplateRange(start: start, stop: stop, step: step, count: count))
  }

  private func call(_ macro: TemplateMacro, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
    let scope = TemplateScope(parent: macro.scope)
    try bind(arguments, to: macro.syntax, in: scope)
    let outerLine = line
    defer { line = outerLine }
    return .string(
      try capture { () throws(TemplateError) in _ = try execute(macro.syntax.body, in: scope) }
    )
  }

  private func bind(
    _ arguments: TemplateArguments,
    to syntax: TemplateMacroSyntax,
    in scope: TemplateScope
  ) throws(TemplateError) {
    var named = arguments.named
    var given: [TemplateValue?] = []
    for (index, parameter) in syntax.parameters.enumerated() {
      if index < arguments.positional.count {
        given.append(arguments.positional[index])
      } else if let position = named.firstIndex(where: { $0.name == parameter.name }) {
        given.append(named.remove(at: position).value)
      } else {
        given.append(nil)
      }
    }
    try bindSpecial(syntax, &named, varargs: Array(arguments.positional.dropFirst(given.count)), in: scope)
    for (parameter, value) in zip(syntax.parameters, given) {
      // Until its turn comes, a parameter hides the outer name from the defaults before it.
      scope[parameter.name] = value ?? .undefined("the parameter “\(parameter.name)” was not provided")
    }
    for (parameter, value) in zip(syntax.parameters, given) {
      if case nil = value, let expression = parameter.defaultValue {
        scope[parameter.name] = try evaluate(expression, in: scope)
      }
    }
  }

  private func bindSpecial(
    _ syntax: TemplateMacroSyntax,
    _ named: inout [(name: String, value: TemplateValue)],
    varargs: [TemplateValue],
    in scope: TemplateScope
  ) throws(TemplateError) {
    if syntax.specialNames.contains("caller") {
      let position = named.firstIndex { $0.name == "caller" }
      scope["caller"] = position.map { named.remove(at: $0).value } ?? .undefined("no caller is defined")
    }
    if syntax.specialNames.contains("kwargs") {
      scope["kwargs"] = try dictionary(named.map { (.string($0.name), $0.value) })
    } else if let unknown = named.first {
      throw failure("the macro “\(syntax.name)” does not take “\(unknown.name.prefix(40))” here")
    }
    if syntax.specialNames.contains("varargs") {
      scope["varargs"] = try tuple(varargs)
    } else if !varargs.isEmpty {
      throw failure("the macro “\(syntax.name)” takes at most \(syntax.parameters.count) arguments")
    }
  }
}
