extension TemplateFilters {
  static let text: [String: TemplateFilter] = [
    "capitalize": plain("capitalize", PythonText.capitalized),
    "lower": plain("lower", PythonText.lowercased),
    "upper": plain("upper", PythonText.uppercased),
    "title": plain("title", PythonText.wordsCapitalized),
    "trim": trim,
    "replace": replace,
    "indent": indent,
    "center": center,
    "truncate": truncate,
    "wordcount": wordcount,
    "format": format,
    "string": { (renderer, value, arguments) throws(TemplateError) in
      try arguments.requireNone(of: "string", renderer)
      return try renderer.softText(value)
    },
    "safe": { (renderer, value, _) throws(TemplateError) in .markup(try renderer.printed(value)) },
    "e": escape,
    "escape": escape,
    "forceescape": { (renderer, value, _) throws(TemplateError) in
      .markup(try escapedText(.string(try renderer.printed(value)), renderer))
    },
    "tojson": tojson,
  ]

  private static func plain(_ name: String, _ transform: @escaping @Sendable (String) -> String) -> TemplateFilter {
    { (renderer, value, arguments) throws(TemplateError) in
      try arguments.requireNone(of: name, renderer)
      return try renderer.mapText(value) { (text) throws(TemplateError) in transform(text) }
    }
  }

  private static let trim: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let characters = try arguments.matched(to: ["chars"], of: "trim", renderer)[0] ?? .none
    return try renderer.callMethod(
      "strip",
      of: try renderer.softText(value),
      TemplateArguments(positional: [characters])
    )
  }

  private static let replace: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["old", "new", "count"], of: "replace", renderer)
    guard let old = values[0], let new = values[1] else { throw renderer.failure("replace takes two texts") }
    let count = values[2] ?? .none
    let limit = count.isNone ? -1 : try renderer.integer(count, "the count of replace")
    return .string(
      try renderer.replaced(
        try renderer.printed(old),
        by: try renderer.printed(new),
        in: try renderer.printed(value),
        limit
      )
    )
  }

  private static let indent: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["width", "first", "blank"], of: "indent", renderer)
    let margin = try indentation(values[0] ?? .integer(4), renderer)
    let indentsFirst = values[1]?.isTrue ?? false
    let indentsBlank = values[2]?.isTrue ?? false
    let lines = PythonStringMethods.lines(try renderer.text(value, "what is indented") + "\n", keepsEnds: false)
    try renderer.charge(bytes: lines.count * (margin.utf8.count + 1))
    var result = ""
    for (index, line) in lines.enumerated() {
      if index > 0 { result += "\n" }
      if index == 0 ? indentsFirst : indentsBlank || !line.isEmpty { result += margin }
      result += line
    }
    return try renderer.string(result, like: value)
  }

  static func indentation(_ width: TemplateValue, _ renderer: TemplateRenderer) throws(TemplateError) -> String {
    if let text = width.text { return text }
    let count = max(0, try renderer.integer(width, "the width of an indentation"))
    try renderer.charge(bytes: count)
    return String(repeating: " ", count: count)
  }

  private static let center: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let width = try arguments.matched(to: ["width"], of: "center", renderer)[0] ?? .integer(80)
    return try renderer.callMethod("center", of: try renderer.softText(value), TemplateArguments(positional: [width]))
  }

  private static let truncate: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(to: ["length", "killwords", "end", "leeway"], of: "truncate", renderer)
    let length = try renderer.integer(values[0] ?? .integer(255), "the length of truncate")
    let leeway = try renderer.integer(values[3].flatMap { $0.isNone ? nil : $0 } ?? .integer(5), "the leeway")
    let end = Array(try renderer.text(values[2] ?? .string("..."), "the end of truncate").unicodeScalars)
    guard length >= end.count, leeway >= 0 else { throw renderer.failure("truncate is given too small a length") }
    guard let count = try renderer.lengthIfSized(value) else {
      throw renderer.failure("a \(value.typeName) has no length")
    }
    guard count - leeway > length else { return value }
    let text = try renderer.text(value, "what is truncated")
    try renderer.charge(bytes: text.utf8.count * 4)
    let scalars = Array(text.unicodeScalars)
    var kept = scalars.prefix(length - end.count)
    if values[1]?.isTrue != true, let space = kept.lastIndex(of: " ") { kept = kept[..<space] }
    return try renderer.string(PythonText.string(kept + end), like: value)
  }

  private static let wordcount: TemplateFilter = { (renderer, value, _) throws(TemplateError) in
    let text = try renderer.printed(value)
    try renderer.charge(scanning: text)
    var count = 0
    var isInWord = false
    for scalar in text.unicodeScalars {
      let continues = PythonStringMethods.isAlphanumeric(scalar) || scalar == "_"
      if continues, !isInWord { count += 1 }
      isInWord = continues
    }
    return .integer(count)
  }

  private static let format: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let soft = try renderer.softText(value)
    guard arguments.named.isEmpty || arguments.positional.isEmpty else {
      throw renderer.failure("format takes values or names, not both")
    }
    let values =
      arguments.named.isEmpty
      ? try renderer.tuple(arguments.positional)
      : try renderer.dictionary(arguments.named.map { (.string($0.name), $0.value) })
    return try renderer.calculate(.modulo, soft, values)
  }

  private static let escape: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    try arguments.requireNone(of: "escape", renderer)
    return .markup(try escapedText(try renderer.softText(value), renderer))
  }

  private static func escapedText(
    _ value: TemplateValue,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> String {
    try renderer.charge(rewriting: value.text ?? "")
    let text = renderer.escaped(value)
    try renderer.charge(bytes: text.utf8.count)
    return text
  }

  private static let tojson: TemplateFilter = { (renderer, value, arguments) throws(TemplateError) in
    let values = try arguments.matched(
      to: ["ensure_ascii", "indent", "separators", "sort_keys"],
      of: "tojson",
      renderer
    )
    let indent = values[1] ?? .none
    var encoder = PythonJSON(renderer, indent: indent.isNone ? nil : try indentation(indent, renderer))
    encoder.escapesNonASCII = values[0]?.isTrue ?? false
    encoder.sortsKeys = values[3]?.isTrue ?? false
    if let separators = values[2], !separators.isNone {
      let pair = try renderer.elements(of: separators)
      guard pair.count == 2 else { throw renderer.failure("separators are a pair of texts") }
      encoder.itemSeparator = try renderer.text(pair[0], "a separator")
      encoder.keySeparator = try renderer.text(pair[1], "a separator")
    }
    return .string(try encoder.encode(value))
  }
}
