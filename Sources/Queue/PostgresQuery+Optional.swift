import Postgres

extension PostgresQuery.StringInterpolation {
  /// NULL where there is no value. The compiler takes an optional in an interpolation for a slip unless an overload asks for one.
  mutating func appendInterpolation(_ value: (some PostgresEncodable)?) { appendValue(value) }

  private mutating func appendValue(_ value: some PostgresEncodable) { appendInterpolation(value) }
}
