/// The methods of Python's types.
enum PythonMethods {
  enum Kind {
    case supported
    /// The immutable sandbox hides what changes a value.
    case refused
    /// Python has it, this engine does not.
    case unsupported
  }

  /// nil when the type has no such method.
  static func kind(of name: String, on value: TemplateValue) -> Kind? {
    switch value {
    case .string, .markup:
      if PythonStringMethods.byName[name] != nil { return .supported }
      return strings.contains(name) ? .unsupported : nil
    case .dictionary:
      if ["get", "items", "keys", "values", "copy"].contains(name) { return .supported }
      if ["clear", "pop", "popitem", "setdefault", "update"].contains(name) { return .refused }
      return name == "fromkeys" ? .unsupported : nil
    case .list:
      if ["index", "count", "copy"].contains(name) { return .supported }
      let changing = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"]
      return changing.contains(name) ? .refused : nil
    case .tuple, .range: return ["index", "count"].contains(name) ? .supported : nil
    case .function(.cycler): return ["next", "reset"].contains(name) ? .supported : nil
    case .integer, .boolean, .float: return numbers.contains(name) ? .unsupported : nil
    default: return nil
    }
  }

  private static let strings: Set<String> = ["casefold", "encode", "expandtabs", "maketrans", "translate"]
  private static let numbers: Set<String> = [
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "fromhex", "hex", "imag",
    "is_integer", "numerator", "real", "to_bytes",
  ]
}

extension TemplateRenderer {
  func callMethod(
    _ name: String,
    of receiver: TemplateValue,
    _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    try deeper { () throws(TemplateError) in
      switch receiver {
      case .string(let text), .markup(let text):
        guard let method = PythonStringMethods.byName[name] else { throw failure("a string has no “\(name)”") }
        try charge(scanning: text)
        return try method(PythonStringMethods.Call(text: text, receiver: receiver, arguments, name: name, self))
      case .dictionary(let dictionary): return try callMethod(name, of: dictionary, arguments)
      case .loop(let loop): return try callMethod(name, of: loop, arguments)
      case .function(.cycler(let cycler)):
        try arguments.requireNone(of: name, self)
        let current = cycler.position
        cycler.position = name == "reset" ? 0 : (current + 1) % cycler.elements.values.count
        return name == "reset" ? .none : cycler.elements.values[current]
      default: return try callSequenceMethod(name, of: receiver, arguments)
      }
    }
  }

  private func callMethod(
    _ name: String,
    of dictionary: TemplateDictionary,
    _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    guard name != "get" else {
      guard arguments.named.isEmpty, (1...2).contains(arguments.positional.count) else {
        throw failure("get takes a key and a default")
      }
      guard let key = try key(arguments.positional[0]) else { throw failure("a list or dict is no key of a dict") }
      return dictionary[key] ?? (arguments.positional.count == 2 ? arguments.positional[1] : .none)
    }
    try arguments.requireNone(of: name, self)
    switch name {
    case "keys": return .view(TemplateDictionaryView(kind: .keys, elements: try elements(dictionary.keys)))
    case "values": return .view(TemplateDictionaryView(kind: .values, elements: try elements(dictionary.values)))
    case "items":
      let pairs = try TemplateFilters.pairs(dictionary, self)
      return .view(TemplateDictionaryView(kind: .items, elements: try elements(pairs)))
    default: return .dictionary(dictionary)
    }
  }

  private func callMethod(
    _ name: String,
    of loop: TemplateLoopState,
    _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    guard arguments.named.isEmpty else { throw failure("\(name) takes no names") }
    guard name == "cycle" else {
      return .boolean(
        try loop.changed(arguments.positional) { (left, right) throws(TemplateError) in try areEqual(left, right) }
      )
    }
    guard let value = loop.cycle(arguments.positional) else { throw failure("no items for cycling given") }
    return value
  }

  private func callSequenceMethod(
    _ name: String,
    of receiver: TemplateValue,
    _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    if name == "copy" {
      try arguments.requireNone(of: name, self)
      return try list(try elements(of: receiver))
    }
    guard arguments.named.isEmpty, (1...(name == "index" ? 3 : 1)).contains(arguments.positional.count) else {
      throw failure("\(name) is given too few or too many values")
    }
    let elements = try elements(of: receiver)
    var positions: [Int] = []
    for (index, element) in elements.enumerated() where try areEqual(element, arguments.positional[0]) {
      positions.append(index)
    }
    guard name == "index" else { return .integer(positions.count) }
    let bounds = try arguments.positional.dropFirst().map { (bound) throws(TemplateError) in
      try integer(bound, "a bound of index")
    }
    let slice = PythonSlice(start: bounds.first, stop: bounds.dropFirst().first, step: 1, count: elements.count)
    guard let index = positions.first(where: { (slice.start..<slice.start + slice.count).contains($0) }) else {
      throw failure("the value is not in the \(receiver.typeName)")
    }
    return .integer(index)
  }

  /// `str.replace` with a limit that is none when negative.
  func replaced(
    _ old: String,
    by new: String,
    in text: String,
    _ limit: Int
  ) throws(TemplateError) -> String {
    try charge(scanning: text, old)
    let limit = limit < 0 ? Int.max : limit
    let matches = min(limit, old.isEmpty ? text.utf8.count + 1 : text.utf8.count / old.utf8.count)
    // Only a replacement that lengthens can make much text; then the matches are counted first.
    if new.utf8.count > old.utf8.count, matches > 0 {
      let count =
        old.isEmpty
        ? matches
        : PythonTextSearch.occurrences(of: Array(old.utf8), in: Array(text.utf8), limit: limit).count
      let (added, overflow) = count.multipliedReportingOverflow(by: new.utf8.count)
      try charge(bytes: overflow ? .max : added)
    }
    try charge(bytes: text.utf8.count)
    return PythonTextSearch.replacing(old, with: new, in: text, limit: limit)
  }
}
