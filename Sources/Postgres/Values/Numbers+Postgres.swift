extension FixedWidthInteger {
  /// Appends the big-endian bytes.
  func appendBigEndian(to bytes: inout [UInt8]) {
    for shift in stride(from: Self.bitWidth - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: self >> Self(shift)))
    }
  }
}

extension PostgresCell {
  /// Any integer type of PostgreSQL, or a numeric without fraction, when it fits.
  fileprivate func integer<Value: FixedWidthInteger>() throws(PostgresError) -> Value {
    let value: Value? =
      switch (type, byteCount) {
      case (.int8, 8): integer(Int64.self).flatMap(Value.init(exactly:))
      case (.int4, 4): integer(Int32.self).flatMap(Value.init(exactly:))
      case (.int2, 2): integer(Int16.self).flatMap(Value.init(exactly:))
      case (.oid, 4): integer(UInt32.self).flatMap(Value.init(exactly:))
      case (.numeric, _): numericText().flatMap { Value($0) }
      default: nil
      }
    guard let value else { throw mismatch(Value.self) }
    return value
  }

  fileprivate func floatingPoint() throws(PostgresError) -> Double {
    let value: Double? =
      switch (type, byteCount) {
      case (.float8, 8): integer(UInt64.self).map(Double.init(bitPattern:))
      case (.float4, 4): integer(UInt32.self).map { Double(Float(bitPattern: $0)) }
      case (.numeric, _): numericText().flatMap { Double($0) }
      default: integerAsDouble()
      }
    guard let value else { throw mismatch(Double.self) }
    return value
  }

  private func integerAsDouble() -> Double? {
    switch (type, byteCount) {
    case (.int8, 8): integer(Int64.self).map(Double.init)
    case (.int4, 4): integer(Int32.self).map(Double.init)
    case (.int2, 2): integer(Int16.self).map(Double.init)
    default: nil
    }
  }
}

extension Int64: PostgresCodable {
  package static var postgresType: PostgresType { .int8 }
  package func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self { try cell.integer() }
}

/// `bigint`, as PostgreSQL's counts and our ids are.
extension Int: PostgresCodable {
  package static var postgresType: PostgresType { .int8 }
  package func encode(into bytes: inout [UInt8]) { Int64(self).appendBigEndian(to: &bytes) }
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self { try cell.integer() }
}

extension Int32: PostgresCodable {
  package static var postgresType: PostgresType { .int4 }
  package func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self { try cell.integer() }
}

extension Int16: PostgresCodable {
  package static var postgresType: PostgresType { .int2 }
  package func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self { try cell.integer() }
}

extension Double: PostgresCodable {
  package static var postgresType: PostgresType { .float8 }
  package func encode(into bytes: inout [UInt8]) { bitPattern.appendBigEndian(to: &bytes) }
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self { try cell.floatingPoint() }
}

extension Float: PostgresCodable {
  package static var postgresType: PostgresType { .float4 }
  package func encode(into bytes: inout [UInt8]) { bitPattern.appendBigEndian(to: &bytes) }

  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    Float(try cell.floatingPoint())
  }
}

extension Bool: PostgresCodable {
  package static var postgresType: PostgresType { .bool }
  package func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    guard cell.type == .bool, let byte = cell.integer(UInt8.self) else { throw cell.mismatch(Self.self) }
    return byte != 0
  }
}
