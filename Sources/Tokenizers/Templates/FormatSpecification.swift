/// How a value is laid out: Python's format specification, `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
struct FormatSpecification {
  var fill: Unicode.Scalar = " "
  /// `<`, `>`, `^`, or `=` for padding behind the sign; nil for the default of the value's type.
  var alignment: Unicode.Scalar?
  var sign: Unicode.Scalar = "-"
  var isAlternate = false
  var width = 0
  /// `,` or `_` between groups of digits.
  var grouping: Character?
  var precision: Int?
  var type: Unicode.Scalar?

  /// Wide enough for any table, small enough to be no attack.
  static let sizeLimit = 4096

  init() {}

  init(_ text: String, _ renderer: TemplateRenderer) throws(TemplateError) {
    var scalars = Array(text.unicodeScalars)[...]
    if scalars.count > 1, Self.isAlignment(scalars[1]) {
      fill = scalars.removeFirst()
      alignment = scalars.removeFirst()
    } else if let first = scalars.first, Self.isAlignment(first) {
      alignment = scalars.removeFirst()
    }
    if let first = scalars.first, "+- ".unicodeScalars.contains(first) { sign = scalars.removeFirst() }
    if scalars.first == "#" {
      isAlternate = true
      scalars.removeFirst()
    }
    if scalars.first == "0" {
      scalars.removeFirst()
      if alignment == nil { (fill, alignment) = ("0", "=") }
    }
    width = try Self.number(&scalars, renderer) ?? 0
    if let first = scalars.first, first == "," || first == "_" { grouping = Character(scalars.removeFirst()) }
    if scalars.first == "." {
      scalars.removeFirst()
      guard let number = try Self.number(&scalars, renderer) else {
        throw renderer.failure("a format has no precision behind its point")
      }
      precision = number
    }
    type = scalars.popFirst()
    guard scalars.isEmpty else { throw renderer.failure("a format specification is damaged") }
  }

  private static func isAlignment(_ scalar: Unicode.Scalar) -> Bool { "<>^=".unicodeScalars.contains(scalar) }

  static func number(
    _ scalars: inout ArraySlice<Unicode.Scalar>,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> Int? {
    var value: Int?
    while let scalar = scalars.first, ("0"..."9").contains(scalar) {
      scalars.removeFirst()
      value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
      guard let value, value <= sizeLimit else { throw renderer.exceeded("\(sizeLimit) characters of width") }
    }
    return value
  }

  func formatted(_ value: TemplateValue, _ renderer: TemplateRenderer) throws(TemplateError) -> String {
    switch value {
    case .boolean where type == nil && width == 0 && precision == nil: return try renderer.printed(value)
    case .integer, .boolean:
      let integer = try renderer.integer(value, "what is formatted")
      return try formatted(integer, renderer)
    case .float(let number): return try formatted(number, renderer)
    case .string(let text), .markup(let text):
      guard type == nil || type == "s", sign == "-", !isAlternate, grouping == nil, alignment != "=" else {
        throw renderer.failure("a string does not have this format")
      }
      return padded(truncated(text), default: "<")
    default:
      throw renderer.failure("a \(value.typeName) has no format")
    }
  }

  func truncated(_ text: String) -> String {
    precision.map { PythonText.string(text.unicodeScalars.prefix($0)) } ?? text
  }

  func formatted(_ value: Int, _ renderer: TemplateRenderer) throws(TemplateError) -> String {
    if let type, "eEfFgG%".unicodeScalars.contains(type) { return try formatted(Double(value), renderer) }
    guard precision == nil else { throw renderer.failure("an integer has no precision") }
    let digits: String
    switch type {
    case nil, "d", "n": digits = String(value.magnitude)
    case "x": digits = String(value.magnitude, radix: 16)
    case "X": digits = String(value.magnitude, radix: 16, uppercase: true)
    case "o": digits = String(value.magnitude, radix: 8)
    case "b": digits = String(value.magnitude, radix: 2)
    case "c":
      guard let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) else {
        throw renderer.failure("a number is no character")
      }
      return padded(String(scalar), default: "<")
    default: throw renderer.failure("an integer does not have this format")
    }
    let prefix = isAlternate && type != nil && type != "d" && type != "n" ? "0\(type.map(String.init) ?? "")" : ""
    return number(digits, isNegative: value < 0, prefix: prefix, groupSize: type == nil || type == "d" ? 3 : 4)
  }

  func formatted(_ value: Double, _ renderer: TemplateRenderer) throws(TemplateError) -> String {
    try renderer.step(16)
    let magnitude = abs(value)
    var digits: String
    switch type {
    case nil:
      digits = precision.map { generalText(magnitude, $0) } ?? PythonNumber.text(magnitude)
    case "f", "F", "e", "E", "g", "G":
      let letter = Character(type ?? "g")
      let conversion = PythonNumber.Conversion(letter: letter, usesAlternateForm: isAlternate)
      let least = letter == "g" || letter == "G" ? max(1, precision ?? 6) : precision ?? 6
      digits = PythonNumber.formatted(magnitude, conversion, precision: least)
    case "%":
      digits = PythonNumber.formatted(magnitude * 100, PythonNumber.Conversion(letter: "f"), precision: precision ?? 6)
      digits += "%"
    default: throw renderer.failure("a float does not have this format")
    }
    return number(digits, isNegative: value.sign == .minus && !value.isNaN, prefix: "", groupSize: 3)
  }

  /// Like `g`, but with at least one digit behind the point.
  private func generalText(_ value: Double, _ precision: Int) -> String {
    let digits = PythonNumber.formatted(value, PythonNumber.Conversion(letter: "g"), precision: max(1, precision))
    return value.isFinite && digits.allSatisfy(\.isNumber) ? digits + ".0" : digits
  }

  private func number(_ digits: String, isNegative: Bool, prefix: String, groupSize: Int) -> String {
    let lead = (isNegative ? "-" : sign == "-" ? "" : String(sign)) + prefix
    let grouped = grouping.map { Self.grouped(digits, by: groupSize, $0, zeros: zeroWidth - lead.count) } ?? digits
    guard alignment == "=" else { return padded(lead + grouped, default: ">") }
    return lead + String(repeating: String(fill), count: max(0, width - lead.count - grouped.count)) + grouped
  }

  /// The width that grouped zeros fill.
  private var zeroWidth: Int { alignment == "=" && fill == "0" ? width : 0 }

  private static func grouped(_ digits: String, by size: Int, _ separator: Character, zeros width: Int) -> String {
    let whole = digits.prefix { $0.isHexDigit && $0 != "e" }
    let rest = digits.dropFirst(whole.count)
    var count = whole.count
    while count + (count - 1) / size + rest.count < width { count += 1 }
    let padded = String(repeating: "0", count: count - whole.count) + whole
    var result = ""
    for (index, digit) in padded.enumerated() {
      if index > 0, (padded.count - index) % size == 0 { result.append(separator) }
      result.append(digit)
    }
    return result + rest
  }

  func padded(_ text: String, default standard: Unicode.Scalar) -> String {
    let missing = max(0, width - text.unicodeScalars.count)
    let leading =
      switch alignment ?? standard {
      case "<": 0
      case "^": missing / 2
      default: missing
      }
    let filler = String(fill)
    return String(repeating: filler, count: leading) + text + String(repeating: filler, count: missing - leading)
  }
}
