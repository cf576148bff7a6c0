/// Why migrations were refused; the descriptions say what to do.
package enum MigrationFailure: Sendable, Hashable {
  case unreadable(path: String, reason: String)
  /// A file of the directory that is not `NNNN_name.sql`.
  case misnamed(String)
  /// Version `expected` has no file.
  case gap(expected: Int)
  case duplicate(Int)
  /// The file is not the one that the database ran.
  case changed(name: String)
  /// The file is not the one that this program was built with.
  case notBuiltIn(name: String)
  /// This program was built with a file that the directory lacks.
  case missing(name: String)
  case databaseNewer(database: Int, program: Int)
  /// The script ended its own transaction.
  case transactionEnded(name: String)
  /// The server refused the script.
  case refused(name: String, PostgresServerError)
}

extension MigrationFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read migrations in \(path): \(reason)"
    case .misnamed(let name): "migration file \(name) is not named like 0001_name.sql"
    case .gap(let expected): "migration \(expected) is missing: versions must follow each other without a gap"
    case .duplicate(let version): "migration \(version) exists twice"
    case .changed(let name):
      "migration \(name) differs from the one this database ran: restore the file, and put changes into a new migration"
    case .notBuiltIn(let name):
      "migration \(name) is not the one this program was built with: install program and migrations of one release"
    case .missing(let name): "migration \(name) is not in the directory: install program and migrations of one release"
    case .databaseNewer(let database, let program):
      "the database is at version \(database), this program knows \(program): use the newer program"
    case .transactionEnded(let name): "migration \(name) ends its own transaction: remove its COMMIT or ROLLBACK"
    case .refused(let name, let error): "migration \(name) failed and was undone: \(error)"
    }
  }
}
