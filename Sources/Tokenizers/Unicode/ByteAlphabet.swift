/// GPT-2's spelling of bytes as visible characters: printable Latin-1 stands for itself, the 68 others follow U+0100.
enum ByteAlphabet {
  private static let scalars: [UInt32] = {
    var next: UInt32 = 0x100
    return (UInt32(0)...0xff).map { byte in
      switch byte {
      case 0x21...0x7e, 0xa1...0xac, 0xae...0xff: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The bytes by their scalars, all of which are below U+0144.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = UInt8(byte) }
    return bytes
  }()

  /// Each byte as its character.
  static func spell(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var spelled: [UInt8] = []
    for byte in bytes { append(byte, to: &spelled) }
    return spelled
  }

  static func append(_ byte: UInt8, to spelled: inout [UInt8]) {
    UTF8Scalars.append(scalars[Int(byte)], to: &spelled)
  }

  /// The bytes that `text` spells; nil where a character stands for none.
  static func bytes(spelled text: ArraySlice<UInt8>) -> [UInt8]? {
    var spelled: [UInt8] = []
    spelled.reserveCapacity(text.count)
    let span = text.span
    var position = 0
    while position < span.count {
      let scalar = UTF8Scalars.read(span, position..<span.count)
      guard scalar.value < 0x144, let byte = bytes[Int(scalar.value)] else { return nil }
      spelled.append(byte)
      position = scalar.end
    }
    return spelled
  }
}
