extension PostgresCell {
  /// A `numeric` as decimal text (`numeric_send`: digit count, weight, sign, display scale, then base-10000 digits,
  /// the first of which stands for 10000^weight).
  func numericText() -> String? {
    guard let count = integer(Int16.self), let weight = integer(Int16.self, at: 2),
      let sign = integer(UInt16.self, at: 4), let scale = integer(UInt16.self, at: 6),
      byteCount == 8 + 2 * Int(count)
    else { return nil }
    switch sign {
    case 0x0000, 0x4000: break
    case 0xC000: return "nan"
    case 0xD000: return "inf"
    case 0xF000: return "-inf"
    default: return nil
    }
    let whole = weight < 0 ? [] : (0...Int(weight)).map { numericDigits($0, of: Int(count)) }
    let fraction = (0..<(Int(scale) + 3) / 4).map { numericDigits(Int(weight) + 1 + $0, of: Int(count)) }
    let digits = whole.joined().drop { $0 == "0" }
    let text = (sign == 0x4000 ? "-" : "") + (digits.isEmpty ? "0" : digits)
    return scale == 0 ? text : text + "." + fraction.joined().prefix(Int(scale))
  }

  /// Four decimal digits; zeros outside the stored ones.
  private func numericDigits(_ index: Int, of count: Int) -> String {
    let stored = (0..<count).contains(index) ? integer(Int16.self, at: 8 + 2 * index) : nil
    let text = String(stored ?? 0)
    return String(repeating: "0", count: 4 - text.utf8.count) + text
  }
}
