/// Reads the fields of one protobuf message (the wire format of Protocol Buffers, all but groups).
struct ProtobufReader {
  enum Value {
    case number(UInt64)
    /// The bytes of a string, of a message or of a packed list.
    case bytes(ArraySlice<UInt8>)
    case fixed32(UInt32)
    case fixed64(UInt64)
  }

  struct Malformed: Error {
    let offset: Int
    let problem: String
  }

  private let message: ArraySlice<UInt8>
  private var position: Int

  init(_ message: ArraySlice<UInt8>) {
    self.message = message
    position = message.startIndex
  }

  /// The next field and its number; nil at the end.
  mutating func next() throws(Malformed) -> (field: Int, value: Value)? {
    guard position < message.endIndex else { return nil }
    let key = try varint()
    guard key >> 3 >= 1, key >> 3 < 1 << 29 else { throw malformed("the field number \(key >> 3)") }
    let field = Int(key >> 3)
    switch key & 7 {
    case 0: return (field, .number(try varint()))
    case 1: return (field, .fixed64(try fixed(8)))
    case 2:
      let count = try varint()
      guard count <= UInt64(message.endIndex - position) else { throw malformed("\(count) bytes in a field") }
      defer { position += Int(count) }
      return (field, .bytes(message[position..<position + Int(count)]))
    case 5: return (field, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    case let type: throw malformed("the wire type \(type)")
    }
  }

  private mutating func varint() throws(Malformed) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < message.endIndex else { throw malformed("the end within a number") }
      let byte = message[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw malformed("a number of more than ten bytes")
  }

  private mutating func fixed(_ count: Int) throws(Malformed) -> UInt64 {
    guard message.endIndex - position >= count else { throw malformed("the end within a number") }
    defer { position += count }
    return (0..<count).reduce(0) { $0 | UInt64(message[position + $1]) << UInt64(8 * $1) }
  }

  private func malformed(_ problem: String) -> Malformed { Malformed(offset: position, problem: problem) }
}
