/// What Python's `str` knows about characters.
enum PythonText {
  /// `str.isspace` of one character.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0d, 0x1c...0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
    default: false
    }
  }

  /// Where `str.splitlines` ends a line.
  static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0a...0x0d, 0x1c...0x1e, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// Whether `repr` shows the character itself.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == " " { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }

  static func uppercased(_ text: String) -> String {
    mapped(text.unicodeScalars) { $0.properties.uppercaseMapping }
  }

  /// Lower case, where a sigma at the end of a word takes its final form.
  static func lowercased(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    return mapped(scalars.indices) { lowercased(scalars, at: $0) }
  }

  /// The first character in title case, the others in lower case.
  static func capitalized(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    return mapped(scalars.indices) { index in
      index == 0 ? scalars[0].properties.titlecaseMapping : lowercased(scalars, at: index)
    }
  }

  /// `str.title`: each letter that follows none in title case, the others in lower case.
  static func titled(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    return mapped(scalars.indices) { index in
      let followsLetter = index > 0 && scalars[index - 1].properties.isCased
      return followsLetter ? lowercased(scalars, at: index) : scalars[index].properties.titlecaseMapping
    }
  }

  /// The `title` filter of jinja2: words begin after white space and opening brackets too.
  static func wordsCapitalized(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var start = 0
    var result = ""
    while start < scalars.count {
      let isSeparator = startsWord(after: scalars[start])
      let end = scalars[start...].firstIndex { startsWord(after: $0) != isSeparator } ?? scalars.count
      result += scalars[start].properties.uppercaseMapping
      result += lowercased(string(scalars[(start + 1)..<end]))
      start = end
    }
    return result
  }

  private static func startsWord(after scalar: Unicode.Scalar) -> Bool {
    isSpace(scalar) || "-({[<".unicodeScalars.contains(scalar)
  }

  static func caseSwapped(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    return mapped(scalars.indices) { index in
      let properties = scalars[index].properties
      if properties.isUppercase { return lowercased(scalars, at: index) }
      return properties.isLowercase ? properties.uppercaseMapping : String(scalars[index])
    }
  }

  private static func lowercased(_ scalars: [Unicode.Scalar], at index: Int) -> String {
    guard scalars[index] == "\u{3a3}" else { return scalars[index].properties.lowercaseMapping }
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
    return isFinal ? "\u{3c2}" : "\u{3c3}"
  }

  private static func mapped<Element>(_ elements: some Sequence<Element>, _ map: (Element) -> String) -> String {
    var result = ""
    for element in elements { result += map(element) }
    return result
  }

  static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  static func stripped(
    _ text: String,
    where isStripped: (Unicode.Scalar) -> Bool,
    start: Bool = true,
    end: Bool = true
  ) -> String {
    var scalars = text.unicodeScalars[...]
    if start { scalars = scalars.drop(while: isStripped) }
    if end { while let last = scalars.last, isStripped(last) { scalars.removeLast() } }
    return String(scalars)
  }

  /// `repr`: in single quotation marks, or in double ones when only single ones are inside.
  static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var result = String.UnicodeScalarView([quote])
    for scalar in scalars {
      switch scalar {
      case quote, "\\": result.append(contentsOf: ["\\", scalar])
      case "\n": result.append(contentsOf: ["\\", "n"])
      case "\r": result.append(contentsOf: ["\\", "r"])
      case "\t": result.append(contentsOf: ["\\", "t"])
      case _ where isPrintable(scalar): result.append(scalar)
      default: result.append(contentsOf: escape(scalar).unicodeScalars)
      }
    }
    result.append(quote)
    return String(result)
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case ..<0x100: "\\x" + hexadecimal(scalar.value, digits: 2)
    case ..<0x10000: "\\u" + hexadecimal(scalar.value, digits: 4)
    default: "\\U" + hexadecimal(scalar.value, digits: 8)
    }
  }

  static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// As markupsafe escapes HTML.
  static func escapedHTML(_ text: String) -> String {
    mapped(text.unicodeScalars) { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "'": "&#39;"
      case "\"": "&#34;"
      default: String(scalar)
      }
    }
  }
}
