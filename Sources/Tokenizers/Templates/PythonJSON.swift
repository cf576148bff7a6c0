/// `json.dumps` with the options that Hugging Face's `tojson` has.
struct PythonJSON {
  var escapesNonASCII = false
  /// nil for one line.
  var indent: String?
  var itemSeparator: String
  var keySeparator: String
  var sortsKeys = false

  private let renderer: TemplateRenderer
  private var text = ""
  private var level = 0

  init(_ renderer: TemplateRenderer, indent: String?) {
    self.renderer = renderer
    self.indent = indent
    itemSeparator = indent == nil ? ", " : ","
    keySeparator = ": "
  }

  mutating func encode(_ value: TemplateValue) throws(TemplateError) -> String {
    try write(value)
    try renderer.charge(bytes: text.utf8.count)
    return text
  }

  private mutating func write(_ value: TemplateValue) throws(TemplateError) {
    try renderer.step()
    switch value {
    case .string(let string), .markup(let string): try write(string)
    case .list(let elements), .tuple(let elements):
      try write(elements.values, in: ("[", "]")) { (encoder, element) throws(TemplateError) in
        try encoder.write(element)
      }
    case .dictionary(let dictionary):
      try write(try members(of: dictionary), in: ("{", "}")) { (encoder, member) throws(TemplateError) in
        try encoder.write(try encoder.key(member.key))
        encoder.text += encoder.keySeparator
        try encoder.write(member.value)
      }
    default:
      guard let scalar = scalar(value) else {
        throw renderer.failure("a \(value.typeName) has no JSON form")
      }
      text += scalar
    }
  }

  private func scalar(_ value: TemplateValue) -> String? {
    switch value {
    case .none: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .float(let value):
      value.isFinite ? PythonNumber.text(value) : value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    default: nil
    }
  }

  private func key(_ key: TemplateValue) throws(TemplateError) -> String {
    guard let text = key.text ?? scalar(key) else { throw renderer.failure("a \(key.typeName) is no key in JSON") }
    return text
  }

  private func members(
    of dictionary: TemplateDictionary
  ) throws(TemplateError) -> [(key: TemplateValue, value: TemplateValue)] {
    let members = zip(dictionary.keys, dictionary.values).map { (key: $0, value: $1) }
    guard sortsKeys else { return members }
    return try renderer.sorted(members, by: \.key)
  }

  private mutating func write<Element>(
    _ elements: [Element],
    in brackets: (open: String, close: String),
    each: (inout PythonJSON, Element) throws(TemplateError) -> Void
  ) throws(TemplateError) {
    text += brackets.open
    level += 1
    try renderer.checkValueDepth(level)
    for (index, element) in elements.enumerated() {
      if index > 0 { text += itemSeparator }
      try breakLine()
      try each(&self, element)
    }
    level -= 1
    if !elements.isEmpty { try breakLine() }
    text += brackets.close
  }

  private mutating func breakLine() throws(TemplateError) {
    guard let indent else { return }
    try renderer.charge(bytes: level * indent.utf8.count)
    text += "\n" + String(repeating: indent, count: level)
  }

  private mutating func write(_ string: String) throws(TemplateError) {
    try renderer.charge(rewriting: string)
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{c}": text += "\\f"
      case "\u{0}"..<" ": text += "\\u" + PythonText.hexadecimal(scalar.value, digits: 4)
      case " "..."~": text.unicodeScalars.append(scalar)
      default:
        if escapesNonASCII { writeEscape(scalar) } else { text.unicodeScalars.append(scalar) }
      }
    }
    text += "\""
  }

  private mutating func writeEscape(_ scalar: Unicode.Scalar) {
    for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
      text += "\\u" + PythonText.hexadecimal(UInt32(unit), digits: 4)
    }
  }
}
