/// Where a byte stands in a text, for errors.
enum TextPosition {
  /// Lines and columns of `offset` from 1, columns in scalars.
  static func lineAndColumn(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
    let before = bytes.prefix(offset)
    let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    let column = before[lineStart...].count { $0 & 0xc0 != 0x80 } + 1
    return (before.count { $0 == 0x0a } + 1, column)
  }

  /// The text of `bytes`, or the offset of the first byte that is not UTF-8.
  static func decode(_ bytes: [UInt8]) -> Result<String, InvalidUTF8> {
    if let text = String(validating: bytes, as: UTF8.self) { return .success(text) }
    var codec = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = codec.decode(&iterator) { offset += String(scalar).utf8.count }
    return .failure(InvalidUTF8(offset: offset))
  }

  struct InvalidUTF8: Error {
    let offset: Int
  }
}
