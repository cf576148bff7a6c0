/// jinja2's tests, the words after `is`.
enum TemplateTests {
  typealias Test = @Sendable (TemplateRenderer, TemplateValue, TemplateArguments) throws(TemplateError) -> Bool

  static let byName: [String: Test] = types.merging(comparisons) { $1 }

  private static func plain(_ name: String, _ test: @escaping @Sendable (TemplateValue) -> Bool) -> Test {
    { (renderer, value, arguments) throws(TemplateError) in
      try arguments.requireNone(of: name, renderer)
      return test(value)
    }
  }

  private static let types: [String: Test] = [
    "defined": plain("defined") { !$0.isUndefined },
    "undefined": plain("undefined") { $0.isUndefined },
    "none": plain("none") { $0.isNone },
    "boolean": plain("boolean") { if case .boolean = $0 { true } else { false } },
    "true": plain("true") { if case .boolean(true) = $0 { true } else { false } },
    "false": plain("false") { if case .boolean(false) = $0 { true } else { false } },
    "integer": plain("integer") { if case .integer = $0 { true } else { false } },
    "float": plain("float") { if case .float = $0 { true } else { false } },
    "number": plain("number") { $0.number != nil },
    "string": plain("string") { $0.text != nil },
    "mapping": plain("mapping") { if case .dictionary = $0 { true } else { false } },
    "escaped": plain("escaped") { if case .markup = $0 { true } else { false } },
    "callable": plain("callable") { value in
      switch value {
      // An Undefined has a method for calls, which raises; a loop has one for recursion.
      case .undefined, .loop: true
      case .function(.cycler): false
      case .function: true
      default: false
      }
    },
    "sequence": plain("sequence") { value in
      switch value {
      case .undefined, .string, .markup, .list, .tuple, .range, .dictionary: true
      default: false
      }
    },
    "iterable": plain("iterable") { value in
      switch value {
      case .none, .boolean, .integer, .float, .namespace, .function: false
      default: true
      }
    },
    "lower": { (renderer, value, _) throws(TemplateError) in
      PythonStringMethods.isLowercase(try renderer.printed(value))
    },
    "upper": { (renderer, value, _) throws(TemplateError) in
      PythonStringMethods.isUppercase(try renderer.printed(value))
    },
    "filter": { (renderer, value, _) throws(TemplateError) in
      TemplateFilters.byName[value.text ?? ""] != nil || TemplateFilters.unsupported.contains(value.text ?? "")
    },
    "test": { (_, value, _) throws(TemplateError) in byName[value.text ?? ""] != nil },
  ]

  private static let comparisons: [String: Test] = [
    "odd": { (renderer, value, _) throws(TemplateError) in try remainder(value, .integer(2), renderer) == 1 },
    "even": { (renderer, value, _) throws(TemplateError) in try remainder(value, .integer(2), renderer) == 0 },
    "divisibleby": { (renderer, value, arguments) throws(TemplateError) in
      try remainder(value, try arguments.matched(to: ["num"], of: "divisibleby", renderer)[0] ?? .none, renderer) == 0
    },
    "in": { (renderer, value, arguments) throws(TemplateError) in
      try renderer.contains(value, in: try arguments.matched(to: ["seq"], of: "in", renderer)[0] ?? .none)
    },
    "sameas": { (renderer, value, arguments) throws(TemplateError) in
      try isSame(value, try arguments.matched(to: ["other"], of: "sameas", renderer)[0] ?? .none, renderer)
    },
    "==": comparison(.equal), "eq": comparison(.equal), "equalto": comparison(.equal),
    "!=": comparison(.notEqual), "ne": comparison(.notEqual),
    "<": comparison(.less), "lt": comparison(.less), "lessthan": comparison(.less),
    "<=": comparison(.lessOrEqual), "le": comparison(.lessOrEqual),
    ">": comparison(.greater), "gt": comparison(.greater), "greaterthan": comparison(.greater),
    ">=": comparison(.greaterOrEqual), "ge": comparison(.greaterOrEqual),
  ]

  private static func comparison(_ operation: TemplateComparison) -> Test {
    { (renderer, value, arguments) throws(TemplateError) in
      try renderer.compare(operation, value, try arguments.single(of: "a comparison", renderer))
    }
  }

  private static func remainder(
    _ value: TemplateValue,
    _ divisor: TemplateValue,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> Double? {
    try renderer.calculate(.modulo, value, divisor).number
  }

  /// Python's `is`. Equal numbers and texts count as the same, which Python leaves open.
  private static func isSame(
    _ left: TemplateValue,
    _ right: TemplateValue,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> Bool {
    if let left = renderer.identity(left), let right = renderer.identity(right) { return left == right }
    return left.typeName == right.typeName ? try renderer.areEqual(left, right) : false
  }
}

extension TemplateRenderer {
  func applyTest(
    _ name: String,
    _ value: TemplateValue,
    _ arguments: TemplateArguments
  ) throws(TemplateError) -> Bool {
    guard let test = TemplateTests.byName[name] else { throw failure("there is no test “\(name.prefix(40))”") }
    return try test(self, value, arguments)
  }
}
