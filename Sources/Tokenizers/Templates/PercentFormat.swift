/// Python's `format % values`.
struct PercentFormat {
  private let renderer: TemplateRenderer
  private var scalars: ArraySlice<Unicode.Scalar>
  private let values: TemplateValue
  /// A format that is marked as safe escapes the values that are not.
  private let escapesValues: Bool
  private var taken = 0
  private var usesNames = false

  static func format(
    _ format: TemplateValue,
    _ values: TemplateValue,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> String {
    let text = format.text ?? ""
    try renderer.charge(bytes: text.utf8.count * 4)
    var formatter = PercentFormat(renderer: renderer, format: text, values: values, escapesValues: format.isMarked)
    return try formatter.run()
  }

  private init(renderer: TemplateRenderer, format: String, values: TemplateValue, escapesValues: Bool) {
    self.renderer = renderer
    self.scalars = Array(format.unicodeScalars)[...]
    self.values = values
    self.escapesValues = escapesValues
  }

  private mutating func run() throws(TemplateError) -> String {
    var text = ""
    while let scalar = scalars.popFirst() {
      guard scalar == "%" else {
        text.unicodeScalars.append(scalar)
        continue
      }
      let piece = try conversion()
      try renderer.charge(bytes: piece.utf8.count)
      text += piece
    }
    guard usesNames || taken >= count else { throw renderer.failure("a format has fewer places than values") }
    return text
  }

  /// What has subscripts may be passed for its members, and so need not be used.
  private var count: Int {
    switch values {
    case .tuple(let elements): elements.values.count
    case .dictionary, .list, .range, .undefined: 0
    default: 1
    }
  }

  private mutating func conversion() throws(TemplateError) -> String {
    if scalars.first == "%" {
      scalars.removeFirst()
      return "%"
    }
    let name = try parseName()
    let specification = try parseSpecification()
    guard let letter = scalars.popFirst() else { throw renderer.failure("a format ends in the middle") }
    if letter == "%" { return "%" }
    return try convert(letter, specification, try value(name))
  }

  private mutating func parseName() throws(TemplateError) -> String? {
    guard scalars.first == "(" else { return nil }
    guard let end = scalars.firstIndex(of: ")") else { throw renderer.failure("a format ends in the middle") }
    let name = PythonText.string(scalars[scalars.startIndex + 1..<end])
    scalars = scalars[(end + 1)...]
    return name
  }

  private mutating func parseSpecification() throws(TemplateError) -> FormatSpecification {
    var specification = FormatSpecification()
    specification.alignment = ">"
    flags: while let flag = scalars.first {
      switch flag {
      case "-": specification.alignment = "<"
      case "+": specification.sign = "+"
      case " ": if specification.sign != "+" { specification.sign = " " }
      case "0": specification.fill = "0"
      case "#": specification.isAlternate = true
      default: break flags
      }
      scalars.removeFirst()
    }
    guard scalars.first != "*" else { throw renderer.unsupported("“*” in a format") }
    specification.width = try FormatSpecification.number(&scalars, renderer) ?? 0
    guard scalars.first == "." else { return specification }
    scalars.removeFirst()
    guard scalars.first != "*" else { throw renderer.unsupported("“*” in a format") }
    specification.precision = try FormatSpecification.number(&scalars, renderer) ?? 0
    return specification
  }

  private mutating func value(_ name: String?) throws(TemplateError) -> TemplateValue {
    if let name {
      usesNames = true
      guard case .dictionary(let dictionary) = values else { throw renderer.failure("a format needs a mapping") }
      guard let value = dictionary[name] else { throw renderer.failure("a name of a format is missing") }
      return value
    }
    defer { taken += 1 }
    if case .tuple(let elements) = values {
      guard taken < elements.values.count else { throw renderer.failure("a format has more places than values") }
      return elements.values[taken]
    }
    guard taken == 0 else { throw renderer.failure("a format has more places than values") }
    return values
  }

  private func convert(
    _ letter: Unicode.Scalar,
    _ specification: FormatSpecification,
    _ value: TemplateValue
  ) throws(TemplateError) -> String {
    var specification = specification
    specification.type = letter
    switch letter {
    case "s", "r", "a":
      specification.fill = " "
      var text = letter == "s" ? try renderer.printed(value) : try PythonPrinter.representation(value, renderer)
      if escapesValues, !value.isMarked { text = PythonText.escapedHTML(text) }
      guard letter != "a" else { throw renderer.unsupported("“%a” in a format") }
      return specification.padded(specification.truncated(text), default: ">")
    case "c":
      specification.fill = " "
      if let text = value.text, text.unicodeScalars.count == 1 { return specification.padded(text, default: ">") }
      return try specification.formatted(try renderer.integer(value, "a character"), renderer)
    case "d", "i", "u", "x", "X", "o": return try convertInteger(letter, specification, value)
    case "e", "E", "f", "F", "g", "G":
      guard let number = value.number else { throw renderer.failure("a \(value.typeName) is no number") }
      if specification.fill == "0" { specification.alignment = specification.alignment == "<" ? "<" : "=" }
      if specification.alignment == "<" { specification.fill = " " }
      return try specification.formatted(number, renderer)
    default: throw renderer.failure("a format has an unknown conversion")
    }
  }

  private func convertInteger(
    _ letter: Unicode.Scalar,
    _ specification: FormatSpecification,
    _ value: TemplateValue
  ) throws(TemplateError) -> String {
    var specification = specification
    let isDecimal = "diu".unicodeScalars.contains(letter)
    if isDecimal { specification.type = "d" }
    guard
      let number = value.integer ?? (isDecimal ? value.number.flatMap { Int(exactly: $0.rounded(.towardZero)) } : nil)
    else { throw renderer.failure("a \(value.typeName) is no integer of 64 bits") }
    guard specification.precision == nil else { throw renderer.unsupported("the precision of an integer") }
    if specification.fill == "0" { specification.alignment = specification.alignment == "<" ? "<" : "=" }
    if specification.alignment == "<" { specification.fill = " " }
    return try specification.formatted(number, renderer)
  }
}
