package import FoundationEssentials
package import JSON

/// A type that says how an array of it travels: as a PostgreSQL array, or for bytes as `bytea`.
package protocol PostgresArrayElement: Sendable {
  static var arrayType: PostgresType { get }
  static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws(PostgresError)
  static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
  package static var postgresType: PostgresType { Element.arrayType }

  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    try Element.encodeArray(self, into: &bytes)
  }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    try Element.decodeArray(cell)
  }
}

extension PostgresArrayElement where Self: PostgresCodable {
  package static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) throws(PostgresError) {
    Int32(elements.isEmpty ? 0 : 1).appendBigEndian(to: &bytes)
    Int32(elements.contains(where: \.isPostgresNull) ? 1 : 0).appendBigEndian(to: &bytes)
    postgresType.rawValue.appendBigEndian(to: &bytes)
    if elements.isEmpty { return }
    guard let count = Int32(exactly: elements.count) else { throw .encoding("the array has too many elements") }
    count.appendBigEndian(to: &bytes)
    // Arrays count from one.
    Int32(1).appendBigEndian(to: &bytes)
    for element in elements { try element.encodeElement(into: &bytes) }
  }

  private func encodeElement(into bytes: inout [UInt8]) throws(PostgresError) {
    if isPostgresNull { return Int32(-1).appendBigEndian(to: &bytes) }
    let start = bytes.count
    Int32(0).appendBigEndian(to: &bytes)
    try encode(into: &bytes)
    guard let length = Int32(exactly: bytes.count - start - 4) else { throw .encoding("an array element is too long") }
    for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> Int32(24 - 8 * index)) }
  }

  package static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self] {
    guard let elements = cell.elements() else { throw cell.mismatch([Self].self) }
    var values: [Self] = []
    values.reserveCapacity(elements.count)
    for element in elements { values.append(try decode(element)) }
    return values
  }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement & PostgresCodable {
  package static var arrayType: PostgresType { Wrapped.arrayType }
}

/// `[UInt8]` is `bytea`.
extension UInt8: PostgresArrayElement {
  package static var arrayType: PostgresType { .bytea }

  package static func encodeArray(_ elements: [UInt8], into bytes: inout [UInt8]) {
    bytes.append(contentsOf: elements)
  }

  package static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [UInt8] {
    guard cell.type == .bytea, let bytes = cell.copyBytes() else { throw cell.mismatch([UInt8].self) }
    return bytes
  }
}

/// `[[UInt8]]` is `bytea[]`.
extension Array: PostgresArrayElement where Element == UInt8 {
  package static var arrayType: PostgresType { .byteaArray }
}

extension Bool: PostgresArrayElement { package static var arrayType: PostgresType { .boolArray } }
extension Int: PostgresArrayElement { package static var arrayType: PostgresType { .int8Array } }
extension Int64: PostgresArrayElement { package static var arrayType: PostgresType { .int8Array } }
extension Int32: PostgresArrayElement { package static var arrayType: PostgresType { .int4Array } }
extension Int16: PostgresArrayElement { package static var arrayType: PostgresType { .int2Array } }
extension Double: PostgresArrayElement { package static var arrayType: PostgresType { .float8Array } }
extension Float: PostgresArrayElement { package static var arrayType: PostgresType { .float4Array } }
extension String: PostgresArrayElement { package static var arrayType: PostgresType { .textArray } }
extension JSONValue: PostgresArrayElement { package static var arrayType: PostgresType { .jsonbArray } }
extension Date: PostgresArrayElement { package static var arrayType: PostgresType { .timestamptzArray } }
extension Duration: PostgresArrayElement { package static var arrayType: PostgresType { .intervalArray } }
