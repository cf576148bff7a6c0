/// Writes the fields of one protobuf message; see ProtobufReader.
struct ProtobufWriter {
  private(set) var message: [UInt8] = []

  mutating func append(_ field: Int, number: UInt64) {
    appendVarint(UInt64(field) << 3)
    appendVarint(number)
  }

  /// A string, or a message within.
  mutating func append(_ field: Int, bytes: [UInt8]) {
    appendVarint(UInt64(field) << 3 | 2)
    appendVarint(UInt64(bytes.count))
    message += bytes
  }

  mutating func append(_ field: Int, float: Float) {
    appendVarint(UInt64(field) << 3 | 5)
    for shift in stride(from: 0, to: 32, by: 8) { message.append(UInt8(truncatingIfNeeded: float.bitPattern >> shift)) }
  }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      message.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    message.append(UInt8(rest))
  }
}
