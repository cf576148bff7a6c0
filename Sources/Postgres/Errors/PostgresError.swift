/// Everything that can go wrong between us and PostgreSQL. No description ever holds a bound value or a password.
package enum PostgresError: Error, Sendable, Hashable {
  /// The connection string or a setting is wrong; says what to write instead.
  case configuration(String)
  /// No connection could be made, or the one in use broke; libpq's words.
  case connection(String)
  /// The server refused a statement.
  case server(PostgresServerError)
  /// Nothing within the time given; `what` says what was waited for.
  case deadlineExceeded(what: String)
  /// The task was cancelled, and the server stopped the statement.
  case cancelled
  /// The connection, the pool or the server was closed by us.
  case closed
  /// Another statement is in progress on this connection, or a COPY is open.
  case busy
  /// A value that PostgreSQL cannot hold; says which rule, never the value.
  case encoding(String)
  /// A column holds another type than asked for; `actual` is nil for NULL.
  case decoding(column: String, expected: String, actual: PostgresType?)
  /// No such column in the result.
  case missingColumn(String)
  /// A result of `count` rows where exactly one was expected.
  case unexpectedRowCount(Int)
  /// The migrations and the database do not fit together.
  case migration(MigrationFailure)
  /// The embedded server could not be started, stopped or found.
  case embeddedServer(EmbeddedServerFailure)
}

extension PostgresError {
  /// Whether the same statement may succeed when tried again later.
  package var isTransient: Bool {
    switch self {
    case .connection, .deadlineExceeded: true
    case .server(let error): error.isTransient
    default: false
    }
  }

  /// The SQLSTATE, when the server reported one.
  package var sqlState: String? {
    if case .server(let error) = self { error.sqlState } else { nil }
  }
}

extension PostgresError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .configuration(let message): message
    case .connection(let message): "PostgreSQL connection: \(message)"
    case .server(let error): error.description
    case .deadlineExceeded(let what): "no answer from PostgreSQL in time: \(what)"
    case .cancelled: "the statement was cancelled"
    case .closed: "the PostgreSQL connection is closed"
    case .busy: "the PostgreSQL connection is busy with another statement"
    case .encoding(let rule): "a value does not fit PostgreSQL: \(rule)"
    case .decoding(let column, let expected, let actual):
      "column \(column) holds \(actual.map(String.init(describing:)) ?? "NULL"), not a value for \(expected)"
    case .missingColumn(let name): "the result has no column \(name)"
    case .unexpectedRowCount(let count): "expected one row, the result has \(count)"
    case .migration(let failure): failure.description
    case .embeddedServer(let failure): failure.description
    }
  }
}
