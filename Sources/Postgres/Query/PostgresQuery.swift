/// One SQL statement. Interpolated values become `$n` parameters: `"SELECT quern.cancel(\(id))"`.
///
/// `Int` binds as `bigint`, `Int32` as `integer`, `String` as `text`, `JSONValue` as `jsonb`, `Duration` as `interval`.
/// `\(unescaped: sql)` is the only way to put text into the statement itself.
package struct PostgresQuery: Sendable, Hashable {
  package let sql: String
  let bindings: PostgresBindings

  /// A statement without parameters.
  package init(unescaped sql: String) {
    self.sql = sql
    bindings = PostgresBindings()
  }
}

extension PostgresQuery: ExpressibleByStringInterpolation {
  package init(stringLiteral value: String) { self.init(unescaped: value) }

  package init(stringInterpolation: StringInterpolation) {
    sql = stringInterpolation.sql
    bindings = stringInterpolation.bindings
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    var sql = ""
    var bindings = PostgresBindings()

    package init(literalCapacity: Int, interpolationCount: Int) {
      sql.reserveCapacity(literalCapacity + 4 * interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { sql += literal }

    package mutating func appendInterpolation(_ value: some PostgresEncodable) {
      bindings.append(value)
      sql += "$\(bindings.count)"
    }

    /// The text becomes part of the statement: never anything that came from outside.
    package mutating func appendInterpolation(unescaped text: String) { sql += text }
  }
}

extension PostgresQuery: CustomStringConvertible {
  /// The statement without the values.
  package var description: String { sql }
}

extension PostgresQuery: CustomReflectable {
  /// Keeps the values out of `dump` and of failed expectations.
  package var customMirror: Mirror { Mirror(self, children: ["sql": sql]) }
}
