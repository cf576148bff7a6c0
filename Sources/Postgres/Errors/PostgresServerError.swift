/// An ERROR or FATAL report of the server.
///
/// `detail` may quote values of rows (unique violations do), so `description` leaves it out.
package struct PostgresServerError: Error, Sendable, Hashable {
  /// ERROR, FATAL or PANIC.
  package var severity: String
  /// Five characters, PostgreSQL's appendix A.
  package var sqlState: String
  package var message: String
  /// Our own functions put `{"code", "param"}` here.
  package var detail: String?
  package var hint: String?
  package var schema: String?
  package var table: String?
  package var column: String?
  package var constraint: String?

  /// Lost connections, serialisation failures, deadlocks, lack of resources, lock timeouts, restarts of the server.
  package var isTransient: Bool {
    let classes = ["08", "53", "57P0"]
    return classes.contains { sqlState.hasPrefix($0) } || ["40001", "40P01", "55P03"].contains(sqlState)
  }
}

extension PostgresServerError: CustomStringConvertible {
  package var description: String {
    "\(message) (SQLSTATE \(sqlState))" + (hint.map { "; \($0)" } ?? "")
  }
}
