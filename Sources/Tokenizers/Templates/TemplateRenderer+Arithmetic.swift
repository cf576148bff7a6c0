import Glibc

extension TemplateRenderer {
  func calculate(
    _ operation: TemplateOperator,
    _ left: TemplateValue,
    _ right: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    try step()
    if operation == .modulo, left.text != nil {
      return try string(try PercentFormat.format(left, right, self), like: left)
    }
    try requireDefined(left)
    try requireDefined(right)
    if let left = left.integer, let right = right.integer { return try calculate(operation, left, right) }
    if let left = left.number, let right = right.number { return .float(try calculate(operation, left, right)) }
    switch operation {
    case .add:
      if let sum = try concatenated(left, right) { return sum }
    case .multiply:
      if let count = right.integer, let product = try repeated(left, count) { return product }
      if let count = left.integer, let product = try repeated(right, count) { return product }
    default: break
    }
    throw failure("“\(operation.rawValue)” does not take a \(left.typeName) and a \(right.typeName)")
  }

  private func calculate(
    _ operation: TemplateOperator,
    _ left: Int,
    _ right: Int
  ) throws(TemplateError) -> TemplateValue {
    switch operation {
    case .add: return .integer(try exact(left.addingReportingOverflow(right)))
    case .subtract: return .integer(try exact(left.subtractingReportingOverflow(right)))
    case .multiply: return .integer(try exact(left.multipliedReportingOverflow(by: right)))
    case .divide:
      guard right != 0 else { throw failure("division by zero") }
      return .float(Double(left) / Double(right))
    case .floorDivide:
      guard right != 0 else { throw failure("division by zero") }
      let quotient = try exact(left.dividedReportingOverflow(by: right))
      return .integer(left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient)
    case .modulo:
      guard right != 0 else { throw failure("division by zero") }
      guard right != -1 else { return .integer(0) }
      let remainder = left % right
      return .integer(remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder)
    case .power:
      guard right >= 0 else { return .float(try calculate(.power, Double(left), Double(right))) }
      return .integer(try power(left, right))
    }
  }

  private func exact(_ result: (partialValue: Int, overflow: Bool)) throws(TemplateError) -> Int {
    guard !result.overflow else { throw unsupported("an integer beyond 64 bits") }
    return result.partialValue
  }

  private func power(_ base: Int, _ exponent: Int) throws(TemplateError) -> Int {
    guard base.magnitude > 1 else {
      return exponent == 0 ? 1 : base == -1 && exponent % 2 == 0 ? 1 : base
    }
    var result = 1
    // At most 63 rounds pass without overflow.
    for _ in 0..<exponent { result = try exact(result.multipliedReportingOverflow(by: base)) }
    return result
  }

  private func calculate(_ operation: TemplateOperator, _ left: Double, _ right: Double) throws(TemplateError) -> Double
  {
    switch operation {
    case .add: return left + right
    case .subtract: return left - right
    case .multiply: return left * right
    case .divide:
      guard right != 0 else { throw failure("division by zero") }
      return left / right
    case .floorDivide, .modulo:
      guard right != 0 else { throw failure("division by zero") }
      let (quotient, remainder) = floorDivided(left, right)
      return operation == .modulo ? remainder : quotient
    case .power:
      guard left != 0 || right >= 0 else { throw failure("division by zero") }
      guard left >= 0 || right == right.rounded() else { throw unsupported("a complex number") }
      let result = pow(left, right)
      guard result.isFinite || !left.isFinite || !right.isFinite else { throw failure("a power is too large") }
      return result
    }
  }

  /// As Python computes `divmod` of floats: the remainder has the sign of the divisor.
  private func floorDivided(_ left: Double, _ right: Double) -> (quotient: Double, remainder: Double) {
    var remainder = fmod(left, right)
    var quotient = (left - remainder) / right
    if remainder != 0 {
      if (right < 0) != (remainder < 0) {
        remainder += right
        quotient -= 1
      }
    } else {
      remainder = right.sign == .minus ? -0.0 : 0.0
    }
    guard quotient != 0 else { return (left / right < 0 ? -0.0 : 0.0, remainder) }
    let floor = quotient.rounded(.down)
    return (quotient - floor > 0.5 ? floor + 1 : floor, remainder)
  }

  private func concatenated(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> TemplateValue? {
    switch (left, right) {
    case (.string(let left), .string(let right)):
      try charge(bytes: left.utf8.count + right.utf8.count)
      return .string(left + right)
    case (.markup, .string), (.string, .markup), (.markup, .markup):
      let text = escaped(left) + escaped(right)
      try charge(bytes: text.utf8.count)
      return .markup(text)
    case (.list(let left), .list(let right)): return try list(left.values + right.values)
    case (.tuple(let left), .tuple(let right)): return try tuple(left.values + right.values)
    default: return nil
    }
  }

  /// The text of a string, with HTML escaped unless it is marked as safe.
  func escaped(_ value: TemplateValue) -> String {
    if case .string(let text) = value { PythonText.escapedHTML(text) } else { value.text ?? "" }
  }

  private func repeated(_ value: TemplateValue, _ count: Int) throws(TemplateError) -> TemplateValue? {
    let count = max(0, count)
    switch value {
    case .string(let text), .markup(let text):
      let (bytes, overflow) = text.utf8.count.multipliedReportingOverflow(by: count)
      try charge(bytes: overflow ? .max : bytes)
      let product = text.isEmpty ? "" : String(repeating: text, count: count)
      return try string(product, like: value)
    case .list(let elements): return try list(try repeated(elements.values, count))
    case .tuple(let elements): return try tuple(try repeated(elements.values, count))
    default: return nil
    }
  }

  private func repeated(_ values: [TemplateValue], _ count: Int) throws(TemplateError) -> [TemplateValue] {
    let (total, overflow) = values.count.multipliedReportingOverflow(by: count)
    try step(overflow ? limits.steps : total)
    return values.isEmpty ? [] : Array(repeatElement(values, count: count).joined())
  }
}
