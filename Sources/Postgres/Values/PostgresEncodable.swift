/// A value that can be bound to a parameter. Every parameter carries its type, so that overloaded functions resolve.
///
/// Values travel in PostgreSQL's binary form: no quoting, no dependence on DateStyle or IntervalStyle.
package protocol PostgresEncodable {
  static var postgresType: PostgresType { get }
  var isPostgresNull: Bool { get }
  /// Appends the binary form (`*_send` of the type).
  func encode(into bytes: inout [UInt8]) throws(PostgresError)
}

/// A value that can be read from a column.
package protocol PostgresDecodable {
  static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self
}

package typealias PostgresCodable = PostgresEncodable & PostgresDecodable

extension PostgresEncodable {
  package var isPostgresNull: Bool { false }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  package static var postgresType: PostgresType { Wrapped.postgresType }
  package var isPostgresNull: Bool { self?.isPostgresNull ?? true }

  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    try self?.encode(into: &bytes)
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    cell.isNull ? nil : try Wrapped.decode(cell)
  }
}

/// Enumerations with raw values only need to name the protocols.
extension RawRepresentable where RawValue: PostgresEncodable {
  package static var postgresType: PostgresType { RawValue.postgresType }

  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    try rawValue.encode(into: &bytes)
  }
}

extension RawRepresentable where RawValue: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    guard let value = Self(rawValue: try RawValue.decode(cell)) else { throw cell.mismatch(Self.self) }
    return value
  }
}
