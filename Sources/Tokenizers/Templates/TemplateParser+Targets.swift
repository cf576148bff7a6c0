extension TemplateParser {
  /// What an assignment or loop assigns to: names, separated by commas.
  mutating func parseTarget(allowsAttributes: Bool) throws(TemplateError) -> TemplateTarget {
    var targets: [TemplateTarget] = []
    var isTuple = false
    while !isTargetEnd {
      targets.append(try parseSingleTarget(allowsAttributes))
      guard skip(.comma) else { break }
      isTuple = true
    }
    guard let first = targets.first else { throw unexpected("a name is expected") }
    return isTuple ? .tuple(targets) : first
  }

  private var isTargetEnd: Bool {
    switch current.kind {
    case .blockEnd, .symbol(.rightParenthesis): true
    default: false
    }
  }

  private mutating func parseSingleTarget(_ allowsAttributes: Bool) throws(TemplateError) -> TemplateTarget {
    if skip(.leftParenthesis) {
      let target = try nested { (parser) throws(TemplateError) in try parser.parseTarget(allowsAttributes: false) }
      try expect(.rightParenthesis)
      return target
    }
    let name = try expectName()
    if allowsAttributes, skip(.dot) { return .attribute(namespace: name, name: try expectName()) }
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw .syntax(line: current.line, problem: "“\(name)” cannot be assigned to")
    }
    return .name(name)
  }
}
