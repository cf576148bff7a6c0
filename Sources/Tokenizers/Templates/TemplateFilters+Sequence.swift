extension TemplateFilters {
  static let sequence: [String: TemplateFilter] = [
    "length": length,
    "count": length,
    "default": defaultValue,
    "d": defaultValue,
    "first": { (renderer, value, _) throws(TemplateError) in
      if case .iterator(let iterator) = value { return iterator.next() ?? .undefined("there is no first item") }
      return try renderer.elements(of: value).first ?? .undefined("there is no first item")
    },
    "last": { (renderer, value, _) throws(TemplateError) in
      try reversible(value, renderer).last ?? .undefined("there is no last item")
    },
    "list": { (renderer, value, arguments) throws(TemplateError) in
      try arguments.requireNone(of: "list", renderer)
      return try renderer.list(try renderer.elements(of: value))
    },
    "reverse": reverse,
    "join": join,
    "items": { (renderer, value, _) throws(TemplateError) in
      if value.isUndefined { return try renderer.iterator([]) }
      guard case .dictionary(let dictionary) = value else { throw renderer.failure("items takes a mapping") }
      return try renderer.iterator(try pairs(dictionary, renderer))
    },
    "dictsort": dictsort,
    "sort": sort,
    "unique": unique,
    "batch": batch,
    "slice": slice,
    "attr": { (renderer, value, arguments) throws(TemplateError) in
      let name = try renderer.text(try arguments.single(of: "attr", renderer), "the name of an attribute")
      // Unlike a dot, this does not look for members of a dictionary.
      if case .dictionary(let dictionary) = value, dictionary[name] != nil,
        PythonMethods.kind(of: name, on: value) == nil
      {
        return .undefined("a dict has no attribute “\(name.prefix(40))”")
      }
      return try renderer.attribute(name, of: value)
    },
  ]

  private static let length: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    try arguments.requireNone(of: "length", renderer)
    guard let length = try renderer.lengthIfSized(value) else {
      throw renderer.failure("a \(value.typeName) has no length")
    }
    return .integer(length)
  }

  private static let defaultValue: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["default_value", "boolean"], of: "default", renderer)
    let isMissing = value.isUndefined || (values[1]?.isTrue == true && !value.isTrue)
    return isMissing ? values[0] ?? .string("") : value
  }

  private static func reversible(
    _ value: TemplateValue,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> [TemplateValue] {
    switch value {
    case .iterator: throw renderer.failure("a \(value.typeName) cannot be reversed")
    default: try renderer.elements(of: value)
    }
  }

  private static let reverse: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    try arguments.requireNone(of: "reverse", renderer)
    if let text = value.text {
      try renderer.charge(bytes: text.utf8.count)
      return try renderer.string(PythonText.string(text.unicodeScalars.reversed()), like: value)
    }
    let elements = try renderer.elements(of: value)
    if case .iterator = value { return try renderer.list(elements.reversed()) }
    return try renderer.iterator(elements.reversed())
  }

  private static let join: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["d", "attribute"], of: "join", renderer)
    let path = try TemplateAttributePath(values[1] ?? .none, renderer)
    let separator = try renderer.printed(values[0] ?? .string(""))
    var text = ""
    for (index, element) in try renderer.elements(of: value).enumerated() {
      let piece = try renderer.printed(try path.value(in: element, renderer))
      try renderer.charge(bytes: piece.utf8.count + separator.utf8.count)
      if index > 0 { text += separator }
      text += piece
    }
    return .string(text)
  }

  static func pairs(
    _ dictionary: TemplateDictionary,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> [TemplateValue] {
    var pairs: [TemplateValue] = []
    for (key, value) in zip(dictionary.keys, dictionary.values) { pairs.append(try renderer.tuple([key, value])) }
    return pairs
  }

  private static let dictsort: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["case_sensitive", "by", "reverse"], of: "dictsort", renderer)
    let by = values[1] ?? .string("key")
    guard case .dictionary(let dictionary) = value, let by = by.text, by == "key" || by == "value" else {
      throw renderer.failure("dictsort sorts a dict by “key” or “value”")
    }
    let keepsCase = values[0]?.isTrue ?? false
    var keyed: [(key: TemplateValue, pair: TemplateValue)] = []
    for (key, value) in zip(dictionary.keys, dictionary.values) {
      let sortKey = by == "key" ? key : value
      keyed.append((try foldedCase(sortKey, unless: keepsCase, renderer), try renderer.tuple([key, value])))
    }
    let sorted = try renderer.sorted(keyed, by: { $0.key }, descending: values[2]?.isTrue ?? false)
    return try renderer.list(sorted.map(\.pair))
  }

  private static func foldedCase(
    _ value: TemplateValue,
    unless keepsCase: Bool,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> TemplateValue {
    guard !keepsCase, let text = value.text else { return value }
    return try renderer.string(PythonText.lowercased(text))
  }

  private static let sort: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["reverse", "case_sensitive", "attribute"], of: "sort", renderer)
    let paths = try TemplateAttributePath.several(values[2] ?? .none, renderer)
    let keepsCase = values[1]?.isTrue ?? false
    var keyed: [(key: TemplateValue, element: TemplateValue)] = []
    for element in try renderer.elements(of: value) {
      var parts: [TemplateValue] = []
      for path in paths {
        parts.append(try foldedCase(try path.value(in: element, renderer), unless: keepsCase, renderer))
      }
      keyed.append((try renderer.list(parts), element))
    }
    let sorted = try renderer.sorted(keyed, by: { $0.key }, descending: values[0]?.isTrue ?? false)
    return try renderer.list(sorted.map(\.element))
  }

  private static let unique: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["case_sensitive", "attribute"], of: "unique", renderer)
    let path = try TemplateAttributePath(values[1] ?? .none, renderer)
    let keepsCase = values[0]?.isTrue ?? false
    var seen: Set<TemplateKey> = []
    var kept: [TemplateValue] = []
    for element in try renderer.elements(of: value) {
      let part = try foldedCase(try path.value(in: element, renderer), unless: keepsCase, renderer)
      guard let key = try renderer.key(part) else { throw renderer.failure("unique cannot compare a \(part.typeName)") }
      if seen.insert(key).inserted { kept.append(element) }
    }
    return try renderer.iterator(kept)
  }

  private static let batch: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["linecount", "fill_with"], of: "batch", renderer)
    let size = try renderer.integer(values[0] ?? .none, "the size of a batch")
    guard size > 0 else { throw renderer.failure("a batch has at least one item") }
    var batches: [TemplateValue] = []
    let elements = try renderer.elements(of: value)
    var start = 0
    while start < elements.count {
      var batch = Array(elements[start...].prefix(size))
      start += batch.count
      if let filler = values[1], !filler.isNone {
        try renderer.step(size - batch.count)
        batch += Array(repeating: filler, count: size - batch.count)
      }
      batches.append(try renderer.list(batch))
    }
    return try renderer.iterator(batches)
  }

  private static let slice: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["slices", "fill_with"], of: "slice", renderer)
    let count = try renderer.integer(values[0] ?? .none, "the number of slices")
    let elements = try renderer.elements(of: value)
    guard count != 0 else { throw renderer.failure("division by zero") }
    guard count > 0 else { return try renderer.iterator([]) }
    try renderer.step(count)
    var slices: [TemplateValue] = []
    var start = 0
    for index in 0..<count {
      let isLonger = index < elements.count % count
      let end = start + elements.count / count + (isLonger ? 1 : 0)
      var slice = Array(elements[start..<end])
      if let filler = values[1], !filler.isNone, !isLonger { slice.append(filler) }
      slices.append(try renderer.list(slice))
      start = end
    }
    return try renderer.iterator(slices)
  }
}
