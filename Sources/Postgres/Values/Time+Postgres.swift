package import FoundationEssentials

/// `timestamptz`: microseconds since 2000-01-01 UTC. Infinity is the distant past or future.
extension Date: PostgresCodable {
  /// 2000-01-01 in seconds from Foundation's reference date, 2001-01-01.
  private static let epochSeconds = -31_622_400.0

  package static var postgresType: PostgresType { .timestamptz }

  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    let microseconds = ((timeIntervalSinceReferenceDate - Self.epochSeconds) * 1e6).rounded()
    guard let value = Int64(exactly: microseconds) else { throw .encoding("the date is out of range") }
    value.appendBigEndian(to: &bytes)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    guard cell.type == .timestamptz, let value = cell.integer(Int64.self) else { throw cell.mismatch(Self.self) }
    switch value {
    case .max: return .distantFuture
    case .min: return .distantPast
    default: return Date(timeIntervalSinceReferenceDate: Double(value) / 1e6 + epochSeconds)
    }
  }
}

/// `interval`: microseconds, days and months. A day counts 24 hours and a month 30 days, as in PostgreSQL's `epoch`.
extension Duration: PostgresCodable {
  package static var postgresType: PostgresType { .interval }

  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    let (seconds, attoseconds) = components
    let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    guard !overflow, abs(seconds) < Int64.max / 2_000_000 else { throw .encoding("the duration is out of range") }
    (microseconds + attoseconds / 1_000_000_000_000).appendBigEndian(to: &bytes)
    Int64(0).appendBigEndian(to: &bytes)
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    guard cell.type == .interval, let microseconds = cell.integer(Int64.self),
      let days = cell.integer(Int32.self, at: 8), let months = cell.integer(Int32.self, at: 12)
    else { throw cell.mismatch(Self.self) }
    return .microseconds(microseconds) + .seconds((Int64(days) + 30 * Int64(months)) * 86_400)
  }
}
