internal import JSON

/// The magnitude of a finite decimal number, digit by digit: comparisons with texts must not round.
struct Decimal: Hashable {
  /// Without leading zeros; a single 0 for numbers below one.
  var integer: [UInt8]
  /// Without trailing zeros.
  var fraction: [UInt8]
  var isNegative: Bool

  static let zero = Decimal(integer: [0], fraction: [], isNegative: false)

  private init(integer: [UInt8], fraction: [UInt8], isNegative: Bool) {
    self.integer = integer
    self.fraction = fraction
    self.isNegative = isNegative
  }

  /// Nil for what is no number or has an exponent beyond ±40, which no bound needs.
  init?(_ value: JSONValue) {
    let text: String
    switch value {
    case .integer(let integer): text = String(integer)
    case .number(let number): text = "\(number)"
    default: return nil
    }
    let parts = text.drop { $0 == "-" }.split(whereSeparator: { $0 == "e" || $0 == "E" })
    let exponent = parts.count > 1 ? Int(parts[1]) : 0
    guard let mantissa = parts.first, let exponent, abs(exponent) <= 40 else { return nil }
    let halves = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    var digits = halves.joined().utf8.map { $0 - 0x30 }
    var point = halves[0].count + exponent
    if point < 0 { digits = Array(repeating: 0, count: -point) + digits }
    point = max(0, point)
    if point > digits.count { digits += Array(repeating: 0, count: point - digits.count) }
    integer = Array(digits[..<point].drop { $0 == 0 })
    if integer.isEmpty { integer = [0] }
    fraction = Array(digits[point...])
    while fraction.last == 0 { fraction.removeLast() }
    isNegative = text.hasPrefix("-") && (integer != [0] || !fraction.isEmpty)
  }

  static func isLess(_ left: Decimal, _ right: Decimal) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    let (small, large) = left.isNegative ? (right, left) : (left, right)
    if small.integer.count != large.integer.count { return small.integer.count < large.integer.count }
    let pairs = (small.integer + small.fraction, large.integer + large.fraction)
    return pairs.0.lexicographicallyPrecedes(pairs.1)
  }
}

/// A step width that binary floating point holds exactly: `units` tens of `-places`, as 25 hundredths.
struct DecimalStep: Hashable {
  var units: Int
  var places: Int

  /// Nil when the step is not exact in binary (0.01), not positive, or too fine.
  init?(_ value: JSONValue) {
    guard let decimal = Decimal(value), !decimal.isNegative, decimal != .zero, decimal.integer.count <= 9,
      decimal.fraction.count <= 6
    else { return nil }
    places = decimal.fraction.count
    units = (decimal.integer + decimal.fraction).reduce(0) { $0 * 10 + Int($1) }
    // n / 10^k is a binary fraction when 5^k divides n.
    guard units % Self.power(of: 5, places) == 0 else { return nil }
  }

  static func power(of base: Int, _ exponent: Int) -> Int {
    (0..<exponent).reduce(1) { value, _ in value * base }
  }
}
