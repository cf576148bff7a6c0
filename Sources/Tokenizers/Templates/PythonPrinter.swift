/// `str` and `repr` of values.
struct PythonPrinter {
  private let renderer: TemplateRenderer
  private var text = ""
  private var depth = 0

  static func text(_ value: TemplateValue, _ renderer: TemplateRenderer) throws(TemplateError) -> String {
    switch value {
    case .string(let text), .markup(let text): return text
    case .undefined: return ""
    default: return try representation(value, renderer)
    }
  }

  static func representation(_ value: TemplateValue, _ renderer: TemplateRenderer) throws(TemplateError) -> String {
    var printer = PythonPrinter(renderer: renderer)
    try printer.write(value)
    try renderer.charge(bytes: printer.text.utf8.count)
    return printer.text
  }

  private init(renderer: TemplateRenderer) {
    self.renderer = renderer
  }

  private mutating func write(_ value: TemplateValue) throws(TemplateError) {
    try renderer.step()
    switch value {
    case .undefined: text += "Undefined"
    case .none: text += "None"
    case .boolean(let value): text += value ? "True" : "False"
    case .integer(let value): text += String(value)
    case .float(let value): text += PythonNumber.text(value)
    case .string(let string): try write(string)
    case .markup(let string):
      text += "Markup("
      try write(string)
      text += ")"
    case .list(let elements): try write(elements.values, in: ("[", "]"))
    case .tuple(let elements): try write(elements.values, in: ("(", elements.values.count == 1 ? ",)" : ")"))
    case .range(let range):
      text += "range(\(range.start), \(range.stop)\(range.step == 1 ? "" : ", \(range.step)"))"
    case .dictionary(let dictionary): try write(zip(dictionary.keys, dictionary.values))
    case .view(let view): try write(view.elements.values, in: ("dict_\(view.kind.rawValue)([", "])"))
    case .namespace(let namespace):
      text += "<Namespace "
      try write(namespace.members.map { (.string($0.name), $0.value) })
      text += ">"
    case .function(.macro(let macro)): text += "<Macro '\(macro.syntax.name)'>"
    case .iterator, .loop, .function: text += "<\(value.typeName) object>"
    }
  }

  private mutating func write(_ string: String) throws(TemplateError) {
    try renderer.charge(rewriting: string)
    text += PythonText.quoted(string)
  }

  private mutating func write(
    _ values: [TemplateValue],
    in brackets: (open: String, close: String)
  ) throws(TemplateError) {
    try enter()
    text += brackets.open
    for (index, value) in values.enumerated() {
      if index > 0 { text += ", " }
      try write(value)
    }
    text += brackets.close
    depth -= 1
  }

  private mutating func write(_ members: some Sequence<(TemplateValue, TemplateValue)>) throws(TemplateError) {
    try enter()
    text += "{"
    for (index, member) in members.enumerated() {
      if index > 0 { text += ", " }
      try write(member.0)
      text += ": "
      try write(member.1)
    }
    text += "}"
    depth -= 1
  }

  /// Namespaces may hold themselves.
  private mutating func enter() throws(TemplateError) {
    depth += 1
    try renderer.checkValueDepth(depth)
  }
}
