/// Brings a database to the version of a directory of plain SQL files, forward only.
///
/// Each file runs in one transaction together with its row in `quern.migration`, under an advisory lock, so that
/// several programs may migrate at once. Everything is checked before anything runs.
package struct Migrator: Sendable {
  private let files: [MigrationFile]

  /// Two bytes of no meaning but ours: 'quern' and 'migration'.
  private static let advisoryLock: Int64 = 0x7175_6572_6E01

  /// - Parameter checksums: those that the program was built with, SHA-256 in hexadecimal by file name without `.sql`;
  ///   empty accepts the directory as it is.
  /// - Throws: `migration` when the directory is not readable, has gaps, or is not the one of this program.
  package init(directory: String, checksums: [String: String] = [:]) throws(PostgresError) {
    files = try MigrationFile.all(in: directory)
    if checksums.isEmpty { return }
    for file in files where checksums[file.name] != file.checksum { throw .migration(.notBuiltIn(name: file.name)) }
    let names = Set(files.map(\.name))
    if let name = checksums.keys.sorted().first(where: { !names.contains($0) }) {
      throw .migration(.missing(name: name))
    }
  }

  /// The checksums of a directory, to be compiled in.
  package static func checksums(directory: String) throws(PostgresError) -> [String: String] {
    Dictionary(uniqueKeysWithValues: try MigrationFile.all(in: directory).map { ($0.name, $0.checksum) })
  }
}

extension Migrator {
  /// The names of the files that the database lacks, after the same checks as `migrate`.
  package func pending(_ connection: PostgresConnection) async throws(PostgresError) -> [String] {
    try await unapplied(connection).map(\.name)
  }

  /// Applies what is pending, and returns its names.
  /// - Throws: `migration` when files and database do not fit together or a script fails; a transient server error when
  ///   another program holds the lock, or a table that a script needs, for too long.
  package func migrate(
    _ connection: PostgresConnection,
    deadline: Duration = .seconds(3600)
  ) async throws -> [String] {
    var applied: [String] = []
    for file in try await unapplied(connection) {
      let isNew = try await connection.transaction(deadline: deadline) { connection in
        try await apply(file, connection, deadline)
      }
      if isNew { applied.append(file.name) }
    }
    return applied
  }
}

extension Migrator {
  private func unapplied(_ connection: PostgresConnection) async throws(PostgresError) -> [MigrationFile] {
    let table = try await connection.query("SELECT to_regclass('quern.migration') IS NOT NULL").onlyRow
    guard try table.decode(0, as: Bool.self) else { return files }
    return try await unrecorded(connection)
  }

  /// Compares the files with the rows of `quern.migration`.
  private func unrecorded(_ connection: PostgresConnection) async throws(PostgresError) -> [MigrationFile] {
    let rows = try await connection.query("SELECT version, name, checksum FROM quern.migration ORDER BY version")
    if let last = rows.last {
      let version = try last.decode("version", as: Int.self)
      if version > files.count { throw .migration(.databaseNewer(database: version, program: files.count)) }
    }
    for (row, file) in zip(rows, files) {
      guard try row.decode("version") == file.version else { throw .migration(.gap(expected: file.version)) }
      guard try row.decode("name") == file.name, try row.decode("checksum") == file.checksum else {
        throw .migration(.changed(name: file.name))
      }
    }
    return Array(files.dropFirst(rows.count))
  }

  /// Inside a transaction. Returns false when another program was quicker.
  private func apply(
    _ file: MigrationFile,
    _ connection: PostgresConnection,
    _ deadline: Duration
  ) async throws(PostgresError) -> Bool {
    _ = try await connection.query("SET LOCAL lock_timeout = '60s'")
    _ = try await connection.query("SELECT pg_advisory_xact_lock(\(Self.advisoryLock))", deadline: .seconds(70))
    try await connection.execute(script: Self.recordTable)
    guard try await unrecorded(connection).contains(file) else { return false }
    _ = try await connection.query("SET LOCAL lock_timeout = '10s'")
    try await runScript(of: file, connection, deadline)
    _ = try await connection.query(
      """
      INSERT INTO quern.migration (version, name, checksum)
      VALUES (\(Int32(file.version)), \(file.name), \(file.checksum))
      """
    )
    return true
  }

  private func runScript(
    of file: MigrationFile,
    _ connection: PostgresConnection,
    _ deadline: Duration
  ) async throws(PostgresError) {
    do throws(PostgresError) {
      try await connection.execute(script: file.sql, deadline: deadline)
    } catch .server(let error) where !error.isTransient {
      throw .migration(.refused(name: file.name, error))
    }
    if await !connection.isInTransaction { throw .migration(.transactionEnded(name: file.name)) }
  }

  private static let recordTable = """
    CREATE SCHEMA IF NOT EXISTS quern;
    CREATE TABLE IF NOT EXISTS quern.migration (
      version    int PRIMARY KEY CHECK (version > 0),
      name       text NOT NULL UNIQUE,
      checksum   text NOT NULL CHECK (checksum ~ '^[0-9a-f]{64}$'),
      applied_at timestamptz NOT NULL DEFAULT now()
    );
    """
}
