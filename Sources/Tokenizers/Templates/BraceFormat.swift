/// Python's `str.format`, with the lookups of the sandbox.
struct BraceFormat {
  private let renderer: TemplateRenderer
  private let arguments: TemplateArguments
  /// A format that is marked as safe escapes the values that are not.
  private let escapesValues: Bool
  private var automatic = 0
  private var numbering: Numbering?

  private enum Numbering {
    case automatic, manual
  }

  static func format(
    _ format: String,
    _ arguments: TemplateArguments,
    escapesValues: Bool,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> String {
    try renderer.charge(bytes: format.utf8.count * 4)
    var formatter = BraceFormat(renderer: renderer, arguments: arguments, escapesValues: escapesValues)
    return try formatter.format(Array(format.unicodeScalars)[...], depth: 0)
  }

  private init(renderer: TemplateRenderer, arguments: TemplateArguments, escapesValues: Bool) {
    self.renderer = renderer
    self.arguments = arguments
    self.escapesValues = escapesValues
  }

  private mutating func format(_ format: ArraySlice<Unicode.Scalar>, depth: Int) throws(TemplateError) -> String {
    guard depth <= 2 else { throw renderer.failure("a format is nested too deep") }
    var scalars = format
    var text = ""
    while let scalar = scalars.popFirst() {
      if scalar == "{" || scalar == "}", scalars.first == scalar {
        scalars.removeFirst()
        text.unicodeScalars.append(scalar)
      } else if scalar == "{" {
        let piece = try replacement(try field(&scalars), depth: depth)
        try renderer.charge(bytes: piece.utf8.count)
        text += piece
      } else {
        guard scalar != "}" else { throw renderer.failure("a format has a single “}”") }
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// What stands between a brace and its partner.
  private func field(
    _ scalars: inout ArraySlice<Unicode.Scalar>
  ) throws(TemplateError) -> ArraySlice<Unicode.Scalar> {
    var depth = 1
    for index in scalars.indices {
      if scalars[index] == "{" { depth += 1 }
      if scalars[index] == "}" { depth -= 1 }
      guard depth == 0 else { continue }
      defer { scalars = scalars[(index + 1)...] }
      return scalars[..<index]
    }
    throw renderer.failure("a format has a single “{”")
  }

  private mutating func replacement(_ field: ArraySlice<Unicode.Scalar>, depth: Int) throws(TemplateError) -> String {
    let nameEnd = field.firstIndex { $0 == "!" || $0 == ":" } ?? field.endIndex
    var rest = field[nameEnd...]
    var value = try lookup(field[..<nameEnd])
    if rest.popFirst() == "!" {
      let letter = rest.popFirst()
      guard letter == "s" || letter == "r", rest.isEmpty || rest.popFirst() == ":" else {
        throw renderer.failure("a format has an unknown conversion")
      }
      value = .string(
        letter == "s" ? try renderer.printed(value) : try PythonPrinter.representation(value, renderer)
      )
    }
    let specification = try format(rest, depth: depth + 1)
    let text =
      specification.isEmpty
      ? try renderer.printed(value) : try FormatSpecification(specification, renderer).formatted(value, renderer)
    return escapesValues && !value.isMarked ? PythonText.escapedHTML(text) : text
  }

  /// `name.attribute[key]`, where a name may be a number or left out.
  private mutating func lookup(_ path: ArraySlice<Unicode.Scalar>) throws(TemplateError) -> TemplateValue {
    let end = path.firstIndex { $0 == "." || $0 == "[" } ?? path.endIndex
    var value = try argument(PythonText.string(path[..<end]))
    var rest = path[end...]
    while let mark = rest.popFirst() {
      if mark == "." {
        let stop = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
        guard stop > rest.startIndex else { throw renderer.failure("a format has an empty attribute") }
        value = try renderer.attribute(PythonText.string(rest[..<stop]), of: value)
        rest = rest[stop...]
      } else {
        guard mark == "[", let stop = rest.firstIndex(of: "]"), stop > rest.startIndex else {
          throw renderer.failure("a format has a damaged subscript")
        }
        let key = PythonText.string(rest[..<stop])
        value = try renderer.subscription(value, Int(key).map(TemplateValue.integer) ?? .string(key))
        rest = rest[(stop + 1)...]
      }
    }
    return value
  }

  private mutating func argument(_ name: String) throws(TemplateError) -> TemplateValue {
    var index = name.allSatisfy(\.isNumber) ? Int(name) : nil
    if name.isEmpty || index != nil {
      let kind = name.isEmpty ? Numbering.automatic : .manual
      guard numbering == nil || numbering == kind else { throw renderer.failure("a format mixes its numberings") }
      numbering = kind
    }
    if name.isEmpty {
      index = automatic
      automatic += 1
    }
    guard let index else {
      guard let named = arguments.named.first(where: { $0.name == name }) else {
        throw renderer.failure("a name of a format is missing")
      }
      return named.value
    }
    guard arguments.positional.indices.contains(index) else {
      throw renderer.failure("a format has more places than values")
    }
    return arguments.positional[index]
  }
}
