/// The methods of `str`.
enum PythonStringMethods {
  struct Call {
    let text: String
    /// The same text with its mark, which results keep.
    let receiver: TemplateValue
    let arguments: TemplateArguments
    let name: String
    let renderer: TemplateRenderer

    init(
      text: String,
      receiver: TemplateValue,
      _ arguments: TemplateArguments,
      name: String,
      _ renderer: TemplateRenderer
    ) {
      self.text = text
      self.receiver = receiver
      self.arguments = arguments
      self.name = name
      self.renderer = renderer
    }

    var isMarked: Bool { receiver.isMarked }

    func string(_ text: String) throws(TemplateError) -> TemplateValue { try renderer.string(text, like: receiver) }

    func list(_ texts: [String]) throws(TemplateError) -> TemplateValue {
      try renderer.list(try texts.map { (text) throws(TemplateError) in try string(text) })
    }

    /// Positional arguments alone, `required` of them at least and `allowed` at most.
    func values(_ required: Int, _ allowed: Int) throws(TemplateError) -> [TemplateValue] {
      guard arguments.named.isEmpty, (required...allowed).contains(arguments.positional.count) else {
        throw renderer.failure("“\(name)” is given too few or too many arguments")
      }
      return arguments.positional
    }

    func text(_ value: TemplateValue) throws(TemplateError) -> String {
      let text = try renderer.text(value, "an argument of “\(name)”")
      try renderer.charge(scanning: text)
      return text
    }

    func integer(_ value: TemplateValue) throws(TemplateError) -> Int {
      try renderer.integer(value, "an argument of “\(name)”")
    }
  }

  typealias Method = @Sendable (Call) throws(TemplateError) -> TemplateValue

  static let byName: [String: Method] = shape.merging(search) { $1 }.merging(predicates) { $1 }

  private static let shape: [String: Method] = [
    "upper": transformed(PythonText.uppercased),
    "lower": transformed(PythonText.lowercased),
    "capitalize": transformed(PythonText.capitalized),
    "title": transformed(PythonText.titled),
    "swapcase": transformed(PythonText.caseSwapped),
    "strip": { (call) throws(TemplateError) in try strip(call, start: true, end: true) },
    "lstrip": { (call) throws(TemplateError) in try strip(call, start: true, end: false) },
    "rstrip": { (call) throws(TemplateError) in try strip(call, start: false, end: true) },
    "center": { (call) throws(TemplateError) in
      try pad(call) { missing, width in missing / 2 + (missing & width & 1) }
    },
    "ljust": { (call) throws(TemplateError) in try pad(call) { _, _ in 0 } },
    "rjust": { (call) throws(TemplateError) in try pad(call) { missing, _ in missing } },
    "zfill": { (call) throws(TemplateError) in
      let width = try call.integer(try call.values(1, 1)[0])
      let missing = max(0, max(0, width) - call.text.unicodeScalars.count)
      try call.renderer.charge(bytes: missing)
      let hasSign = call.text.hasPrefix("-") || call.text.hasPrefix("+")
      let zeros = String(repeating: "0", count: missing)
      return try call.string(hasSign ? call.text.prefix(1) + zeros + call.text.dropFirst() : zeros + call.text)
    },
    "join": { (call) throws(TemplateError) in
      var text = ""
      for (index, element) in try call.renderer.elements(of: try call.values(1, 1)[0]).enumerated() {
        let piece = try call.renderer.text(element, "what is joined")
        try call.renderer.charge(bytes: piece.utf8.count + call.text.utf8.count)
        if index > 0 { text += call.text }
        text += call.isMarked ? call.renderer.escaped(element) : piece
      }
      return try call.string(text)
    },
    "format": { (call) throws(TemplateError) in
      try call.string(try BraceFormat.format(call.text, call.arguments, escapesValues: call.isMarked, call.renderer))
    },
    "format_map": { (call) throws(TemplateError) in
      guard case .dictionary(let members) = try call.values(1, 1)[0] else {
        throw call.renderer.failure("format_map takes a dict")
      }
      let named = zip(members.keys, members.values).map { (name: $0.text ?? "", value: $1) }
      let arguments = TemplateArguments(named: named)
      return try call.string(
        try BraceFormat.format(call.text, arguments, escapesValues: call.isMarked, call.renderer)
      )
    },
  ]

  private static func transformed(_ transform: @escaping @Sendable (String) -> String) -> Method {
    { (call) throws(TemplateError) in
      _ = try call.values(0, 0)
      try call.renderer.charge(rewriting: call.text)
      return try call.string(transform(call.text))
    }
  }

  private static func strip(_ call: Call, start: Bool, end: Bool) throws(TemplateError) -> TemplateValue {
    guard let value = try call.values(0, 1).first, !value.isNone else {
      return try call.string(PythonText.stripped(call.text, where: PythonText.isSpace, start: start, end: end))
    }
    let set = Set(try call.text(value).unicodeScalars)
    return try call.string(PythonText.stripped(call.text, where: set.contains, start: start, end: end))
  }

  /// `left` says how many of the missing characters go to the left.
  private static func pad(_ call: Call, left: (_ missing: Int, _ width: Int) -> Int) throws(TemplateError)
    -> TemplateValue
  {
    let values = try call.values(1, 2)
    let width = try call.integer(values[0])
    let filler = values.count > 1 ? try call.text(values[1]) : " "
    guard filler.unicodeScalars.count == 1 else { throw call.renderer.failure("a text is padded with one character") }
    let missing = max(0, max(0, width) - call.text.unicodeScalars.count)
    try call.renderer.charge(bytes: missing.multipliedReportingOverflow(by: 4).overflow ? .max : missing * 4)
    let leading = missing == 0 ? 0 : left(missing, width)
    return try call.string(
      String(repeating: filler, count: leading) + call.text + String(repeating: filler, count: missing - leading)
    )
  }

  // MARK: - Predicates

  private static let predicates: [String: Method] = [
    "isalnum": all(isAlphanumeric),
    "isalpha": all(isLetter),
    "isascii": { (call) throws(TemplateError) in .boolean(call.text.utf8.allSatisfy { $0 < 0x80 }) },
    "isdecimal": all { $0.properties.numericType == .decimal },
    "isdigit": all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit },
    "isnumeric": all { $0.properties.numericType != nil },
    "isspace": all(PythonText.isSpace),
    "isprintable": { (call) throws(TemplateError) in
      .boolean(call.text.unicodeScalars.allSatisfy(PythonText.isPrintable))
    },
    "isidentifier": { (call) throws(TemplateError) in
      let scalars = call.text.unicodeScalars
      guard let first = scalars.first else { return .boolean(false) }
      return .boolean((first == "_" || first.properties.isXIDStart) && scalars.allSatisfy(\.properties.isXIDContinue))
    },
    "islower": { (call) throws(TemplateError) in .boolean(isLowercase(call.text)) },
    "isupper": { (call) throws(TemplateError) in .boolean(isUppercase(call.text)) },
    "istitle": { (call) throws(TemplateError) in .boolean(isTitle(call.text)) },
  ]

  private static func all(_ holds: @escaping @Sendable (Unicode.Scalar) -> Bool) -> Method {
    { (call) throws(TemplateError) in
      .boolean(!call.text.isEmpty && call.text.unicodeScalars.allSatisfy(holds))
    }
  }

  static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    isLetter(scalar) || scalar.properties.numericType != nil
  }

  static func isLowercase(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.properties.isLowercase }
      && !text.unicodeScalars.contains { $0.properties.isUppercase || isTitlecase($0) }
  }

  static func isUppercase(_ text: String) -> Bool {
    text.unicodeScalars.contains { $0.properties.isUppercase }
      && !text.unicodeScalars.contains { $0.properties.isLowercase || isTitlecase($0) }
  }

  private static func isTitle(_ text: String) -> Bool {
    var followsLetter = false
    var hasLetter = false
    for scalar in text.unicodeScalars {
      let isUpper = scalar.properties.isUppercase || isTitlecase(scalar)
      let isLower = scalar.properties.isLowercase
      if isUpper && followsLetter || isLower && !followsLetter { return false }
      followsLetter = isUpper || isLower
      hasLetter = hasLetter || followsLetter
    }
    return hasLetter
  }

  private static func isTitlecase(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .titlecaseLetter
  }
}
