extension TemplateLexer {
  /// Tokens up to `%}` or `}}`; inside brackets these are operators.
  mutating func lexCode(closing mark: Unicode.Scalar) throws(TemplateError) {
    var brackets: [TemplateToken.Symbol] = []
    while position < source.count {
      if brackets.isEmpty, let end = tagEnd(at: position, closing: mark) {
        append(mark == "}" ? .variableEnd : .blockEnd)
        return advance(to: end)
      }
      let scalar = source[position]
      if PythonText.isSpace(scalar) {
        advance(to: position + 1)
      } else if scalar == "'" || scalar == "\"" {
        try lexString(quote: scalar)
      } else if ("0"..."9").contains(scalar) {
        try lexNumber()
      } else if scalar == "_" || scalar.properties.isXIDStart {
        lexName()
      } else {
        try lexSymbol(&brackets)
      }
    }
    throw .syntax(line: line, problem: "a tag has no end")
  }

  private mutating func lexName() {
    var end = position + 1
    while end < source.count, source[end].properties.isXIDContinue { end += 1 }
    append(.name(string(position..<end)))
    position = end
  }

  private mutating func lexSymbol(_ brackets: inout [TemplateToken.Symbol]) throws(TemplateError) {
    let pair = position + 1 < source.count ? string(position..<position + 2) : ""
    let single = string(position..<position + 1)
    guard let symbol = TemplateToken.Symbol(rawValue: pair) ?? TemplateToken.Symbol(rawValue: single) else {
      throw .syntax(line: line, problem: "the character U+\(String(source[position].value, radix: 16)) in a tag")
    }
    switch symbol {
    case .leftBracket, .leftParenthesis, .leftBrace: brackets.append(symbol)
    case .rightBracket, .rightParenthesis, .rightBrace:
      guard brackets.popLast() == symbol.opening else {
        throw .syntax(line: line, problem: "unexpected “\(symbol.rawValue)”")
      }
    default: break
    }
    append(.symbol(symbol))
    position += symbol.rawValue.count
  }

  /// Decimal, hexadecimal, octal and binary integers and floats, with underscores between digits.
  private mutating func lexNumber() throws(TemplateError) {
    if let end = floatEnd(), let value = Double(string(position..<end).filter { $0 != "_" }) {
      append(.float(value))
      return advance(to: end)
    }
    let (radix, start) = radixPrefix()
    let end = digitsEnd(from: start, radix: radix) ?? position + 1
    var digits = string(start..<end).filter { $0 != "_" }
    // As in Python, a leading zero ends the number unless only zeros follow.
    var next = end
    if radix == 10, digits.hasPrefix("0") {
      digits = "0"
      next = start + source[start..<end].prefix { $0 == "0" || $0 == "_" }.count
      while source[next - 1] == "_" { next -= 1 }
    }
    guard let value = Int(digits, radix: radix) else {
      throw .unsupported(line: line, feature: "an integer beyond 64 bits")
    }
    append(.integer(value))
    advance(to: next)
  }

  private func radixPrefix() -> (radix: Int, start: Int) {
    guard source[position] == "0", let letter = scalar(at: position + 1) else { return (10, position) }
    let radix =
      switch letter {
      case "x", "X": 16
      case "o", "O": 8
      case "b", "B": 2
      default: 10
      }
    let start = position + 2
    let first = scalar(at: start) == "_" ? start + 1 : start
    return radix != 10 && digitsEnd(from: first, radix: radix) != nil ? (radix, first) : (10, position)
  }

  /// Past the digits at `start`, which single underscores may separate; nil when there is none.
  private func digitsEnd(from start: Int, radix: Int = 10) -> Int? {
    var end = start
    while let scalar = scalar(at: end) {
      let digit = scalar == "_" && end > start ? self.scalar(at: end + 1) : scalar
      guard let digit, digit.isASCII, let value = Character(digit).hexDigitValue, value < radix else { break }
      end += scalar == "_" ? 2 : 1
    }
    return end > start ? end : nil
  }

  /// Past a float at `position`: digits with a fraction, an exponent, or both.
  private func floatEnd() -> Int? {
    if position > 0, source[position - 1] == "." { return nil }
    guard let whole = digitsEnd(from: position) else { return nil }
    let fraction = scalar(at: whole) == "." ? digitsEnd(from: whole + 1) : nil
    let mantissa = fraction ?? whole
    if let letter = scalar(at: mantissa), letter == "e" || letter == "E" {
      let sign = scalar(at: mantissa + 1)
      let digits = sign == "+" || sign == "-" ? mantissa + 2 : mantissa + 1
      if let end = digitsEnd(from: digits) { return end }
    }
    return fraction
  }

  private mutating func lexString(quote: Unicode.Scalar) throws(TemplateError) {
    var end = position + 1
    while let scalar = scalar(at: end), scalar != quote { end += scalar == "\\" ? 2 : 1 }
    guard end < source.count else { throw .syntax(line: line, problem: "a string has no end") }
    append(.string(try unescaped(position + 1..<end)))
    advance(to: end + 1)
  }

  /// Python's escapes; a backslash before any other character stands for itself.
  private func unescaped(_ range: Range<Int>) throws(TemplateError) -> String {
    var text = String.UnicodeScalarView()
    var index = range.lowerBound
    while index < range.upperBound {
      guard source[index] == "\\", index + 1 < range.upperBound else {
        text.append(source[index])
        index += 1
        continue
      }
      let letter = source[index + 1]
      index += 2
      switch letter {
      case "\n": break
      case "\\", "'", "\"": text.append(letter)
      case "a": text.append("\u{7}")
      case "b": text.append("\u{8}")
      case "f": text.append("\u{c}")
      case "n": text.append("\n")
      case "r": text.append("\r")
      case "t": text.append("\t")
      case "v": text.append("\u{b}")
      case "x": text.append(try codePoint(&index, digits: 2, until: range.upperBound))
      case "u": text.append(try codePoint(&index, digits: 4, until: range.upperBound))
      case "U": text.append(try codePoint(&index, digits: 8, until: range.upperBound))
      case "N": throw .unsupported(line: line, feature: "the escape \\N")
      case "0"..."7": text.append(octal(&index, until: range.upperBound))
      default: text.append(contentsOf: ["\\", letter])
      }
    }
    return String(text)
  }

  private func codePoint(_ index: inout Int, digits: Int, until end: Int) throws(TemplateError) -> Unicode.Scalar {
    let stop = index + digits
    guard stop <= end, let value = UInt32(string(index..<stop), radix: 16), let scalar = Unicode.Scalar(value) else {
      throw .syntax(line: line, problem: "an escape that is no character")
    }
    index = stop
    return scalar
  }

  /// Up to three octal digits, the first of which stands before `index`.
  private func octal(_ index: inout Int, until end: Int) -> Unicode.Scalar {
    var value: UInt32 = 0
    let stop = min(end, index + 2)
    index -= 1
    while index < stop, ("0"..."7").contains(source[index]) {
      value = value * 8 + source[index].value - 0x30
      index += 1
    }
    return Unicode.Scalar(value) ?? "\u{fffd}"
  }
}
