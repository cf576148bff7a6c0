import Glibc

/// Numbers as Python reads and writes them.
enum PythonNumber {
  /// `repr(float)`: the shortest digits that read back as `value`, with an exponent below 1e-4 and from 1e16 on.
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    guard value != 0 else { return value.sign == .minus ? "-0.0" : "0.0" }
    let (digits, exponent) = shortestDigits(abs(value))
    let sign = value < 0 ? "-" : ""
    guard (-4..<16).contains(exponent) else {
      let fraction = digits.dropFirst()
      let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
      return "\(sign)\(digits.prefix(1))\(fraction.isEmpty ? "" : ".")\(fraction)e\(exponent < 0 ? "-" : "+")\(power)"
    }
    if exponent < 0 { return "\(sign)0.\(String(repeating: "0", count: -exponent - 1))\(digits)" }
    let padded = digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
    let fraction = padded.dropFirst(exponent + 1)
    return "\(sign)\(padded.prefix(exponent + 1)).\(fraction.isEmpty ? "0" : fraction)"
  }

  /// The digits of `d.ddd × 10^exponent`, without zeros at either end.
  private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
    // Swift's description has the same digits in another layout.
    let parts = "\(value)".split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    let whole = mantissa[0]
    let all = whole + (mantissa.count > 1 ? mantissa[1] : "")
    let leadingZeros = all.prefix { $0 == "0" }.count
    var digits = all.dropFirst(leadingZeros)
    while digits.last == "0" { digits.removeLast() }
    let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    return (String(digits), whole.count - 1 - leadingZeros + power)
  }

  /// `int(text, radix)`: with a sign, underscores and white space around.
  static func integer(_ text: String, radix: Int = 10) -> Int? {
    var digits = PythonText.stripped(text, where: PythonText.isSpace)[...]
    let sign = digits.first == "-" || digits.first == "+" ? digits.removeFirst() : "+"
    let prefixes: [Int: String] = [2: "0b", 8: "0o", 16: "0x"]
    if let prefix = prefixes[radix], digits.lowercased().hasPrefix(prefix) {
      digits = digits.dropFirst(2)
      if digits.first == "_" { digits.removeFirst() }
    }
    guard let plain = withoutUnderscores(digits), plain.first != "-", plain.first != "+" else { return nil }
    return Int(String(sign) + plain, radix: radix)
  }

  /// `float(text)`
  static func float(_ text: String) -> Double? {
    let stripped = PythonText.stripped(text, where: PythonText.isSpace)
    let unsigned = stripped.first == "-" || stripped.first == "+" ? stripped.dropFirst() : stripped[...]
    switch unsigned.lowercased() {
    case "inf", "infinity": return stripped.first == "-" ? -.infinity : .infinity
    case "nan": return .nan
    default:
      // Swift also reads hexadecimal floats and payloads of NaN.
      let allowed = unsigned.utf8.allSatisfy { "0123456789.eE+-_".utf8.contains($0) }
      guard allowed, let plain = withoutUnderscores(stripped[...]) else { return nil }
      return Double(plain)
    }
  }

  /// Single underscores between digits are allowed; nil for any other.
  private static func withoutUnderscores(_ text: Substring) -> String? {
    guard text.contains("_") else { return text.isEmpty ? nil : String(text) }
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    let isSeparated = zip(parts, parts.dropFirst()).allSatisfy { left, right in
      left.last?.isHexDigit == true && right.first?.isHexDigit == true
    }
    return isSeparated ? parts.joined() : nil
  }

  /// C's `%.*f`, `%.*e` and `%.*g`, which round the exact decimal value of `value`.
  static func formatted(_ value: Double, _ conversion: Conversion, precision: Int) -> String {
    let format = "%\(conversion.usesAlternateForm ? "#" : "").*\(conversion.letter)"
    // A double has at most 309 digits before the point.
    let capacity = precision + 330
    return unsafe String(unsafeUninitializedCapacity: capacity) { buffer in
      unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
        let count = unsafe withVaList([Int32(precision), value]) { arguments in
          unsafe vsnprintf(characters.baseAddress, capacity, format, arguments)
        }
        return min(max(0, Int(count)), capacity - 1)
      }
    }
  }

  struct Conversion {
    let letter: Character
    var usesAlternateForm = false
  }

  /// Python's `round(value, digits)`: half to even on the exact value.
  static func rounded(_ value: Double, digits: Int) -> Double {
    guard value.isFinite, digits < 330 else { return value }
    guard digits < 0 else { return Double(formatted(value, Conversion(letter: "f"), precision: digits)) ?? value }
    guard digits > -309 else { return value.sign == .minus ? -0.0 : 0.0 }
    let scale = pow(10, Double(-digits))
    return (value / scale).rounded(.toNearestOrEven) * scale
  }
}
