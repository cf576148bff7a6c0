/// Where the scalars of well-formed UTF-8 begin and what they are.
enum UTF8Scalars {
  /// The length in bytes of the scalar that begins with `lead`.
  @inline(__always)
  static func length(lead: UInt8) -> Int {
    switch lead {
    case ..<0xc0: 1
    case ..<0xe0: 2
    case ..<0xf0: 3
    default: 4
    }
  }

  /// The scalar at the start of `range`, which is not empty, and where it ends.
  @inline(__always)
  static func read(_ text: Span<UInt8>, _ range: Range<Int>) -> (value: UInt32, end: Int) {
    let start = range.lowerBound
    let lead = text[start]
    if lead < 0x80 { return (UInt32(lead), start + 1) }
    let end = min(start + length(lead: lead), range.upperBound)
    var value = UInt32(lead) & (lead < 0xe0 ? 0x1f : lead < 0xf0 ? 0x0f : 0x07)
    for position in start + 1..<end { value = value << 6 | UInt32(text[position] & 0x3f) }
    return (value, end)
  }

  /// The scalar that ends at the end of `range`, and where it starts; nil for an empty range.
  static func readLast(_ text: Span<UInt8>, _ range: Range<Int>) -> (value: UInt32, start: Int)? {
    guard !range.isEmpty else { return nil }
    var start = range.upperBound - 1
    while start > range.lowerBound, text[start] & 0xc0 == 0x80 { start -= 1 }
    return (read(text, start..<range.upperBound).value, start)
  }

  /// Adds the UTF-8 form of a scalar value.
  static func append(_ value: UInt32, to bytes: inout [UInt8]) {
    switch value {
    case ..<0x80:
      bytes.append(UInt8(value))
    case ..<0x800:
      bytes.append(UInt8(0xc0 | value >> 6))
      bytes.append(UInt8(0x80 | value & 0x3f))
    case ..<0x1_0000:
      bytes.append(UInt8(0xe0 | value >> 12))
      bytes.append(UInt8(0x80 | value >> 6 & 0x3f))
      bytes.append(UInt8(0x80 | value & 0x3f))
    default:
      bytes.append(UInt8(truncatingIfNeeded: 0xf0 | value >> 18))
      bytes.append(UInt8(0x80 | value >> 12 & 0x3f))
      bytes.append(UInt8(0x80 | value >> 6 & 0x3f))
      bytes.append(UInt8(0x80 | value & 0x3f))
    }
  }
}
