/// A set of bytes as 256 bits.
struct ByteSet {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init(_ ranges: ClosedRange<Unicode.Scalar>..., and others: StaticString = "") {
    for range in ranges {
      for value in range.lowerBound.value...range.upperBound.value { insert(UInt8(value)) }
    }
    others.withUTF8Buffer { bytes in
      for index in bytes.indices { unsafe insert(bytes[index]) }
    }
  }

  private mutating func insert(_ byte: UInt8) {
    let bit = UInt64(1) << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return word >> UInt64(byte & 63) & 1 != 0
  }

  static let digits = ByteSet("0"..."9")
  static let nonDigits = ByteSet("\u{00}"..."/", ":"..."\u{ff}")
  static let letters = ByteSet("a"..."z", "A"..."Z")
  static let alphanumeric = ByteSet("a"..."z", "A"..."Z", "0"..."9")
  static let hexadecimal = ByteSet("0"..."9", "a"..."f", "A"..."F")
  static let uppercaseAlphanumeric = ByteSet("A"..."Z", "0"..."9")
  static let base64URL = ByteSet("a"..."z", "A"..."Z", "0"..."9", and: "-_")
  static let bearer = ByteSet("a"..."z", "A"..."Z", "0"..."9", and: "-._~+/=")
  static let simpleEscapes = ByteSet(and: "nrtbf")
  static let emailLocal = ByteSet("a"..."z", "A"..."Z", "0"..."9", and: "!#$%&*+-._~'{|}^`?")
  static let domain = ByteSet("a"..."z", "A"..."Z", "0"..."9", and: "-.")
  static let urlScheme = ByteSet("a"..."z", "A"..."Z", "0"..."9", and: "+-.")
  static let identifier = ByteSet("a"..."z", "A"..."Z", "0"..."9", and: "_-")
  static let zone = ByteSet("a"..."z", "A"..."Z", "0"..."9", and: "_-.")
  static let blank = ByteSet(and: " \t")
}

func asciiLowercased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
