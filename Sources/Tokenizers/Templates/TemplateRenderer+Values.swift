import JSON

extension TemplateRenderer {
  // MARK: - Making values

  func string(_ text: String) throws(TemplateError) -> TemplateValue {
    try charge(bytes: text.utf8.count)
    return .string(text)
  }

  /// A string that is marked as safe when `model` is, as the methods of Markup give it.
  func string(_ text: String, like model: TemplateValue) throws(TemplateError) -> TemplateValue {
    try charge(bytes: text.utf8.count)
    if case .markup = model { return .markup(text) }
    return .string(text)
  }

  func list(_ values: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    .list(try elements(values))
  }

  func tuple(_ values: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    .tuple(try elements(values))
  }

  func elements(_ values: [TemplateValue]) throws(TemplateError) -> TemplateElements {
    try step(values.count)
    let elements = TemplateElements(values)
    try checkValueDepth(elements.depth)
    return elements
  }

  func iterator(_ values: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    try step(values.count)
    let iterator = TemplateIterator(values)
    try checkValueDepth(iterator.depth)
    return .iterator(iterator)
  }

  func dictionary(_ members: [(key: TemplateValue, value: TemplateValue)]) throws(TemplateError) -> TemplateValue {
    try step(members.count * 2)
    for member in members { try chargeHashing(member.key) }
    guard let dictionary = TemplateDictionary(members) else { throw failure("a list or dict is no key of a dict") }
    try checkValueDepth(dictionary.depth)
    return .dictionary(dictionary)
  }

  private func chargeHashing(_ value: TemplateValue) throws(TemplateError) {
    if let text = value.text {
      try charge(scanning: text)
    } else if case .tuple(let elements) = value {
      for element in elements.values { try chargeHashing(element) }
    } else {
      try step()
    }
  }

  func key(_ value: TemplateValue) throws(TemplateError) -> TemplateKey? {
    try chargeHashing(value)
    return TemplateKey(value)
  }

  func convert(_ json: JSONValue, depth: Int = 0) throws(TemplateError) -> TemplateValue {
    try checkValueDepth(depth)
    switch json {
    case .null: return .none
    case .bool(let value): return .boolean(value)
    case .integer(let value): return .integer(Int(value))
    case .number(let value): return .float(value)
    case .string(let text): return .string(text)
    case .array(let elements):
      var values: [TemplateValue] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try convert(element, depth: depth + 1)) }
      return .list(TemplateElements(values))
    case .object(let members):
      var values: [(name: String, value: TemplateValue)] = []
      values.reserveCapacity(members.count)
      for (name, value) in members { values.append((name, try convert(value, depth: depth + 1))) }
      return .dictionary(TemplateDictionary(values))
    }
  }

  // MARK: - Taking values apart

  /// What iteration over `value` gives, as Python's `iter`; nil when it is not iterable.
  func elementsIfIterable(_ value: TemplateValue) throws(TemplateError) -> [TemplateValue]? {
    switch value {
    case .undefined: return []
    case .list(let elements), .tuple(let elements): return elements.values
    case .dictionary(let dictionary): return dictionary.keys
    case .view(let view): return view.elements.values
    case .iterator(let iterator): return iterator.takeAll()
    case .string(let text), .markup(let text):
      try step(text.utf8.count)
      try charge(bytes: text.utf8.count)
      return text.unicodeScalars.map { .string(String($0)) }
    case .range(let range):
      try step(range.count)
      return (0..<range.count).map { .integer(range[$0]) }
    case .none, .boolean, .integer, .float, .namespace, .loop, .function: return nil
    }
  }

  func elements(of value: TemplateValue) throws(TemplateError) -> [TemplateValue] {
    guard let elements = try elementsIfIterable(value) else {
      throw failure("a \(value.typeName) cannot be iterated over")
    }
    return elements
  }

  /// `len(value)`; nil when the type has none.
  func lengthIfSized(_ value: TemplateValue) throws(TemplateError) -> Int? {
    switch value {
    case .undefined: return 0
    case .string(let text), .markup(let text):
      try charge(scanning: text)
      return text.unicodeScalars.count
    case .list(let elements), .tuple(let elements): return elements.values.count
    case .range(let range): return range.count
    case .dictionary(let dictionary): return dictionary.keys.count
    case .view(let view): return view.elements.values.count
    case .loop(let loop): return try loop.attribute("length")?.integer
    case .none, .boolean, .integer, .float, .iterator, .namespace, .function: return nil
    }
  }

  func integer(_ value: TemplateValue, _ role: String) throws(TemplateError) -> Int {
    guard let integer = value.integer else { throw failure("\(role) is a \(value.typeName), not an integer") }
    return integer
  }

  func text(_ value: TemplateValue, _ role: String) throws(TemplateError) -> String {
    guard let text = value.text else { throw failure("\(role) is a \(value.typeName), not a string") }
    return text
  }

  /// `str(value)`
  func printed(_ value: TemplateValue) throws(TemplateError) -> String {
    try PythonPrinter.text(value, self)
  }

  /// Whether a use of `value` raises because it is undefined.
  func requireDefined(_ value: TemplateValue) throws(TemplateError) {
    if case .undefined(let problem) = value { throw failure(problem) }
  }
}
