/// Where the scalars of well-formed UTF-8 begin and what they are.
enum UTF8Scalars {
  /// The length in bytes of the scalar that begins with `lead`.
  static func length(lead: UInt8) -> Int {
    switch lead {
    case ..<0xc0: 1
    case ..<0xe0: 2
    case ..<0xf0: 3
    default: 4
    }
  }

  /// The first scalar of `bytes`.
  static func first(of bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
    return scalar
  }

  /// The last scalar of `bytes`.
  static func last(of bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let start = bytes.lastIndex(where: { $0 & 0xc0 != 0x80 }) else { return nil }
    return first(of: bytes[start...])
  }
}
