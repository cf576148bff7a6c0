internal import JSON

extension SchemaPlace {
  func types() throws(GrammarError) -> [String] {
    guard let value = schema["type"] else {
      try allowOnly(SchemaKeywords.all, beside: "no type")
      throw .unsupported(
        pointer: pointer,
        what: "a schema without a type",
        supported: "a type (\(SchemaKeywords.types.joined(separator: ", "))), anyOf, enum, const or $ref"
      )
    }
    var types: [String] = []
    for name in value.array.map({ $0.map(\.string) }) ?? [value.string] {
      guard let name, SchemaKeywords.types.contains(name) else {
        throw .unsupported(
          pointer: pointer(to: "type"),
          what: name.map { "the type “\($0.prefix(64))”" } ?? "a type that is no string",
          supported: SchemaKeywords.types.joined(separator: ", ")
        )
      }
      if !types.contains(name) { types.append(name) }
    }
    guard !types.isEmpty else {
      throw .unsatisfiable(pointer: pointer(to: "type"), problem: "the list of types is empty")
    }
    return types
  }

  func stringTerminal() throws(GrammarError) -> Terminal {
    let length = try stringLength()
    guard let (keyword, texts) = try texts() else { return .string(length) }
    guard let limited = length == .any ? texts : try texts?.limited(length) else {
      throw .unsatisfiable(pointer: pointer(to: keyword), problem: "no string of this length matches")
    }
    return .automaton(limited)
  }

  private func stringLength() throws(GrammarError) -> StringLength {
    let minimum = try count("minLength") ?? 0
    let maximum = try count("maxLength")
    guard minimum <= Limits.shortestDocument else {
      throw .tooLarge(
        pointer: pointer(to: "minLength"),
        what: "minLength is \(minimum)",
        limit: Limits.shortestDocument
      )
    }
    if let maximum, maximum < minimum {
      throw .unsatisfiable(pointer: pointer(to: "maxLength"), problem: "maxLength is below minLength")
    }
    // No text that is generated is as long as the largest number here.
    return StringLength(
      minimum: UInt32(minimum),
      maximum: maximum.map { UInt32(clamping: $0) } ?? StringLength.unbounded
    )
  }

  /// The strings that format or pattern allow, of any length; nil without either.
  private func texts() throws(GrammarError) -> (keyword: String, ByteAutomaton?)? {
    if let format = schema["format"] {
      guard schema["pattern"] == nil else {
        throw .unsupported(pointer: pointer(to: "pattern"), what: "pattern beside format", supported: "one of them")
      }
      guard let name = format.string, let known = StringFormat(rawValue: name) else {
        throw .unsupported(
          pointer: pointer(to: "format"),
          what: "the format \(format.string.map { "“\($0.prefix(64))”" } ?? "that is no string")",
          supported: StringFormat.names
        )
      }
      return ("format", try StandardTerminal.format(known).automaton())
    }
    guard let pattern = schema["pattern"] else { return nil }
    guard let text = pattern.string else {
      throw .malformed(pointer: pointer(to: "pattern"), problem: "pattern is a string")
    }
    let expression: RegexNode
    do throws(RegexError) {
      expression = try RegexParser.parse(text)
    } catch {
      throw .expression(pointer: pointer(to: "pattern"), error)
    }
    return ("pattern", try ByteAutomaton.jsonStrings(matching: expression, asWhole: false))
  }
}

extension SchemaPlace {
  /// - Parameter type: number or integer.
  func numberTerminal(type: String) throws(GrammarError) -> Terminal {
    let language = NumberLanguage(
      isInteger: type == "integer",
      lower: try bound("minimum", "exclusiveMinimum") { Decimal.isLess($0, $1) },
      upper: try bound("maximum", "exclusiveMaximum") { Decimal.isLess($1, $0) },
      step: try step()
    )
    if let lower = language.lower, let upper = language.upper, Decimal.isLess(upper.value, lower.value) {
      throw .unsatisfiable(pointer: pointer, problem: "the upper bound is below the lower one")
    }
    let isStandard = language.lower == nil && language.upper == nil && language.step == nil
    let standard = language.isInteger ? StandardTerminal.integer : .number
    guard let automaton = isStandard ? try standard.automaton() : try language.automaton() else {
      throw .unsatisfiable(pointer: pointer, problem: "no number of bearable length is in bounds")
    }
    return .automaton(automaton)
  }

  /// The tighter of two bounds; of equal ones the exclusive.
  private func bound(
    _ inclusive: String,
    _ exclusive: String,
    isLooser: (Decimal, Decimal) -> Bool
  ) throws(GrammarError) -> NumberLanguage.Bound? {
    var tightest: NumberLanguage.Bound?
    for (keyword, isExclusive) in [(inclusive, false), (exclusive, true)] {
      guard let value = schema[keyword] else { continue }
      guard let decimal = Decimal(value) else {
        throw .malformed(
          pointer: pointer(to: keyword),
          problem: "\(keyword) is a number with an exponent between -40 and 40"
        )
      }
      if let bound = tightest, isLooser(decimal, bound.value) { continue }
      tightest = NumberLanguage.Bound(value: decimal, isExclusive: isExclusive)
    }
    return tightest
  }

  private func step() throws(GrammarError) -> DecimalStep? {
    guard let value = schema["multipleOf"] else { return nil }
    guard let step = DecimalStep(value) else {
      throw .unsupported(
        pointer: pointer(to: "multipleOf"),
        what: "a step that binary numbers do not hold exactly",
        supported: "whole numbers and binary fractions such as 0.5 and 0.25; a string with a pattern for other decimals"
      )
    }
    guard step.units <= Limits.multipleOf else {
      throw .tooLarge(pointer: pointer(to: "multipleOf"), what: "the step is too wide", limit: Limits.multipleOf)
    }
    return step
  }
}
