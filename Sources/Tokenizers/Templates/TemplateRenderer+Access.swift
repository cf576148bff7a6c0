extension TemplateRenderer {
  /// `value.name`: an attribute of the Python type, else the member of a dictionary.
  func attribute(_ name: String, of value: TemplateValue) throws(TemplateError) -> TemplateValue {
    if let attribute = try typeAttribute(name, of: value) { return attribute }
    if case .dictionary(let dictionary) = value, let member = dictionary[name] { return member }
    return missing(name, in: value)
  }

  /// `value[key]`: an element, else the attribute of the type.
  func subscription(_ value: TemplateValue, _ key: TemplateValue) throws(TemplateError) -> TemplateValue {
    if let element = try element(value, key) { return element }
    guard let name = key.text else { return .undefined("a \(value.typeName) has no such element") }
    return try typeAttribute(name, of: value) ?? missing(name, in: value)
  }

  private func missing(_ name: String, in value: TemplateValue) -> TemplateValue {
    // Names of members may be content; the template's own names are short.
    .undefined("a \(value.typeName) has no attribute “\(name.prefix(40))”")
  }

  /// nil where Python raises a TypeError or LookupError.
  private func element(_ value: TemplateValue, _ key: TemplateValue) throws(TemplateError) -> TemplateValue? {
    switch value {
    case .undefined(let problem): throw failure(problem)
    case .dictionary(let dictionary):
      guard let key = try self.key(key) else { return nil }
      return dictionary[key]
    case .list(let elements), .tuple(let elements):
      guard let index = position(key, count: elements.values.count) else { return nil }
      return elements.values[index]
    case .range(let range):
      guard let index = position(key, count: range.count) else { return nil }
      return .integer(range[index])
    case .string(let text), .markup(let text):
      guard key.integer != nil else { return nil }
      try charge(scanning: text)
      let scalars = text.unicodeScalars
      guard let index = position(key, count: scalars.count) else { return nil }
      return try string(String(scalars[scalars.index(scalars.startIndex, offsetBy: index)]), like: value)
    default: return nil
    }
  }

  /// From the end when negative; nil outside.
  private func position(_ key: TemplateValue, count: Int) -> Int? {
    guard let index = key.integer else { return nil }
    let position = index < 0 ? index + count : index
    return (0..<count).contains(position) ? position : nil
  }

  func slice(
    _ value: TemplateValue,
    _ start: TemplateValue,
    _ stop: TemplateValue,
    _ step: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    try requireDefined(value)
    guard isSliceable(value), [start, stop, step].allSatisfy({ $0.isNone || $0.integer != nil }),
      let count = try lengthIfSized(value)
    else { throw failure("a \(value.typeName) has no such slice") }
    guard step.integer != 0 else { throw failure("the step of a slice is zero") }
    let positions = PythonSlice(start: start.integer, stop: stop.integer, step: step.integer ?? 1, count: count)
    try self.step(positions.count)
    switch value {
    case .list(let elements): return try list(positions.map { elements.values[$0] })
    case .tuple(let elements): return try tuple(positions.map { elements.values[$0] })
    case .range(let range):
      let (step, overflow) = range.step.multipliedReportingOverflow(by: positions.step)
      guard !overflow else { throw unsupported("an integer beyond 64 bits") }
      let start = range.start + positions.start * range.step
      let stop = range.start + positions.stop * range.step
      return .range(TemplateRange(start: start, stop: stop, step: step, count: positions.count))
    default:
      let text = value.text ?? ""
      try charge(bytes: text.utf8.count * 4)
      let scalars = Array(text.unicodeScalars)
      return try string(PythonText.string(positions.map { scalars[$0] }), like: value)
    }
  }

  private func isSliceable(_ value: TemplateValue) -> Bool {
    switch value {
    case .list, .tuple, .range, .string, .markup: true
    default: false
    }
  }

  /// What Python's `getattr` finds; names with an underscore in front are private to the sandbox.
  private func typeAttribute(_ name: String, of value: TemplateValue) throws(TemplateError) -> TemplateValue? {
    guard !name.hasPrefix("_") else {
      try requireDefined(value)
      return nil
    }
    switch value {
    case .undefined(let problem): throw failure(problem)
    case .namespace(let namespace): return namespace[name]
    case .loop(let loop): return try loop.attribute(name)
    case .function(.macro(let macro)) where name == "name": return .string(macro.syntax.name)
    case .function(.cycler(let cycler)) where name == "current": return cycler.elements.values[cycler.position]
    default:
      switch PythonMethods.kind(of: name, on: value) {
      case .supported: return .function(.method(of: value, name: name))
      case .refused: return .undefined("the sandbox does not allow “\(name)”")
      case .unsupported: throw unsupported("the method “\(name)” of a \(value.typeName)")
      case nil: return nil
      }
    }
  }
}

/// The positions that a slice takes, as Python's `slice.indices` computes them.
struct PythonSlice: Sequence, IteratorProtocol {
  let start: Int
  let stop: Int
  let step: Int
  let count: Int
  private var taken = 0

  /// - Precondition: `step` is not zero.
  init(start: Int?, stop: Int?, step: Int, count: Int) {
    precondition(step != 0, "the step of a slice is not zero")
    let lower = step > 0 ? 0 : -1
    let upper = step > 0 ? count : count - 1
    func clamped(_ bound: Int) -> Int {
      let position = bound < 0 ? Swift.max(bound, -count - 1) + count : bound
      return Swift.min(Swift.max(position, lower), upper)
    }
    let first = start.map(clamped) ?? (step > 0 ? lower : upper)
    let end = stop.map(clamped) ?? (step > 0 ? upper : lower)
    let distance = step > 0 ? end - first : first - end
    self.start = first
    self.stop = end
    self.step = step
    self.count = distance <= 0 ? 0 : (distance - 1) / Int(Swift.min(step.magnitude, UInt(Int.max))) + 1
  }

  mutating func next() -> Int? {
    guard taken < count else { return nil }
    defer { taken += 1 }
    return start + taken * step
  }
}
