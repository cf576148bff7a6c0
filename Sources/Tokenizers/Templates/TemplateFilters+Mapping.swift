extension TemplateFilters {
  /// Filters that apply filters or tests, and those of numbers.
  static let numeric: [String: TemplateFilter] = [
    "map": map,
    "select": { (renderer, value, arguments) throws(TemplateError) in
      try filtered(value, arguments, renderer, keeps: true, byAttribute: false)
    },
    "reject": { (renderer, value, arguments) throws(TemplateError) in
      try filtered(value, arguments, renderer, keeps: false, byAttribute: false)
    },
    "selectattr": { (renderer, value, arguments) throws(TemplateError) in
      try filtered(value, arguments, renderer, keeps: true, byAttribute: true)
    },
    "rejectattr": { (renderer, value, arguments) throws(TemplateError) in
      try filtered(value, arguments, renderer, keeps: false, byAttribute: true)
    },
    "int": int,
    "float": { (renderer, value, arguments) throws(TemplateError) in
      let fallback = try arguments.matched(to: ["default"], of: "float", renderer)[0] ?? .float(0)
      try renderer.requireDefined(value)
      let number = value.number ?? value.text.flatMap(PythonNumber.float)
      return number.map(TemplateValue.float) ?? fallback
    },
    "abs": { (renderer, value, _) throws(TemplateError) in
      try renderer.requireDefined(value)
      if case .float(let number) = value { return .float(abs(number)) }
      let integer = try renderer.integer(value, "what abs takes")
      return integer < 0 ? try renderer.calculate(.subtract, .integer(0), .integer(integer)) : .integer(integer)
    },
    "round": round,
    "sum": { (renderer, value, arguments) throws(TemplateError) in
      let values = try arguments.matched(to: ["attribute", "start"], of: "sum", renderer)
      let path = try TemplateAttributePath(values[0] ?? .none, renderer)
      var sum = values[1] ?? .integer(0)
      guard sum.text == nil else { throw renderer.failure("sum does not add texts; use join") }
      for element in try renderer.elements(of: value) {
        sum = try renderer.calculate(.add, sum, try path.value(in: element, renderer))
      }
      return sum
    },
    "min": { (renderer, value, arguments) throws(TemplateError) in
      try extreme(value, arguments, renderer, sign: -1, "min")
    },
    "max": { (renderer, value, arguments) throws(TemplateError) in
      try extreme(value, arguments, renderer, sign: 1, "max")
    },
  ]

  private static let map: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let elements = value.isTrue ? try renderer.elements(of: value) : []
    var results: [TemplateValue] = []
    if arguments.positional.isEmpty, arguments.named.contains(where: { $0.name == "attribute" }) {
      let values = try arguments.matched(to: ["attribute", "default"], of: "map", renderer)
      let path = try TemplateAttributePath(values[0] ?? .none, renderer)
      let absent = values[1].flatMap { $0.isNone ? nil : $0 }
      for element in elements { results.append(try path.value(in: element, absent: absent, renderer)) }
    } else if !elements.isEmpty {
      guard let name = arguments.positional.first else { throw renderer.failure("map takes the name of a filter") }
      let filter = try renderer.text(name, "the name of a filter")
      let rest = TemplateArguments(positional: Array(arguments.positional.dropFirst()), named: arguments.named)
      for element in elements {
        results.append(
          try renderer.deeper { () throws(TemplateError) in try renderer.applyFilter(filter, element, rest) }
        )
      }
    }
    return try renderer.iterator(results)
  }

  private static func filtered(
    _ value: TemplateValue,
    _ arguments: TemplateArguments,
    _ renderer: TemplateRenderer,
    keeps: Bool,
    byAttribute: Bool
  ) throws(TemplateError) -> TemplateValue {
    let elements = value.isTrue ? try renderer.elements(of: value) : []
    guard !elements.isEmpty else { return try renderer.iterator([]) }
    var positional = arguments.positional[...]
    var path: TemplateAttributePath?
    if byAttribute {
      guard let attribute = positional.popFirst() else { throw renderer.failure("the name of an attribute is missing") }
      path = try TemplateAttributePath(attribute, renderer)
    }
    let test = try positional.popFirst().map { (name) throws(TemplateError) in
      try renderer.text(name, "the name of a test")
    }
    let rest = TemplateArguments(positional: Array(positional), named: arguments.named)
    var kept: [TemplateValue] = []
    for element in elements {
      let subject = try path?.value(in: element, renderer) ?? element
      let holds = if let test { try renderer.applyTest(test, subject, rest) } else { subject.isTrue }
      if holds == keeps { kept.append(element) }
    }
    return try renderer.iterator(kept)
  }

  private static let int: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["default", "base"], of: "int", renderer)
    let radix = try renderer.integer(values[1] ?? .integer(10), "the base of int")
    try renderer.requireDefined(value)
    if let integer = value.integer { return .integer(integer) }
    if let text = value.text {
      guard (2...36).contains(radix) else { throw renderer.unsupported("int with the base \(radix)") }
      if let integer = PythonNumber.integer(text, radix: radix) { return .integer(integer) }
    }
    if case .float(let number) = value, number.isInfinite { throw renderer.failure("infinity is no integer") }
    let fallback = values[0] ?? .integer(0)
    guard let number = value.number ?? value.text.flatMap(PythonNumber.float), number.isFinite else { return fallback }
    guard let integer = Int(exactly: number.rounded(.towardZero)) else {
      throw renderer.unsupported("an integer beyond 64 bits")
    }
    return .integer(integer)
  }

  private static let round: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["precision", "method"], of: "round", renderer)
    let digits = try renderer.integer(values[0] ?? .integer(0), "the precision of round")
    let method = try renderer.text(values[1] ?? .string("common"), "the method of round")
    try renderer.requireDefined(value)
    guard let number = value.number else { throw renderer.failure("a \(value.typeName) cannot be rounded") }
    switch method {
    case "common":
      // Rounding prints and reads up to 309 digits.
      try renderer.step(16)
      let rounded = PythonNumber.rounded(number, digits: digits)
      guard let integer = value.integer else { return .float(rounded) }
      guard digits < 0 else { return .integer(integer) }
      guard let rounded = Int(exactly: rounded) else { throw renderer.unsupported("an integer beyond 64 bits") }
      return .integer(rounded)
    case "ceil", "floor":
      let scale = try renderer.calculate(.power, .integer(10), .integer(digits))
      guard let scaled = try renderer.calculate(.multiply, value, scale).number, scaled.isFinite,
        let integer = Int(exactly: scaled.rounded(method == "ceil" ? .up : .down))
      else { throw renderer.failure("a number is too large to be rounded") }
      return try renderer.calculate(.divide, .integer(integer), scale)
    default: throw renderer.failure("the method of round is “common”, “ceil” or “floor”")
    }
  }

  private static func extreme(
    _ value: TemplateValue,
    _ arguments: TemplateArguments,
    _ renderer: TemplateRenderer,
    sign: Int,
    _ name: String
  ) throws(TemplateError) -> TemplateValue {
    let values = try arguments.matched(to: ["case_sensitive", "attribute"], of: name, renderer)
    let path = try TemplateAttributePath(values[1] ?? .none, renderer)
    var best: (key: TemplateValue, element: TemplateValue)?
    for element in try renderer.elements(of: value) {
      var key = try path.value(in: element, renderer)
      if values[0]?.isTrue != true, let text = key.text { key = try renderer.string(PythonText.lowercased(text)) }
      if let best, try renderer.order(key, best.key) != sign { continue }
      best = (key, element)
    }
    return best?.element ?? .undefined("there is no item to aggregate")
  }
}
