/// Protocol-buffer messages being written: the wire types that event files need.
struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  init() {}

  init(_ write: (inout ProtocolBuffer) -> Void) { write(&self) }

  /// int64 and enumerations. Zero is what a reader takes without the field.
  mutating func append(_ value: Int64, field: Int) {
    guard value != 0 else { return }
    appendKey(field, wireType: 0)
    appendVarint(UInt64(bitPattern: value))
  }

  mutating func append(_ value: Double, field: Int) {
    appendKey(field, wireType: 1)
    bytes += value.bitPattern.littleEndianBytes
  }

  mutating func append(_ value: Float, field: Int) {
    appendKey(field, wireType: 5)
    bytes += value.bitPattern.littleEndianBytes
  }

  mutating func append(_ text: String, field: Int) { append(Array(text.utf8), field: field) }

  mutating func append(_ message: ProtocolBuffer, field: Int) { append(message.bytes, field: field) }

  private mutating func append(_ content: [UInt8], field: Int) {
    appendKey(field, wireType: 2)
    appendVarint(UInt64(content.count))
    bytes += content
  }

  private mutating func appendKey(_ field: Int, wireType: UInt64) { appendVarint(UInt64(field) << 3 | wireType) }

  private mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

extension FixedWidthInteger {
  var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
  }
}
