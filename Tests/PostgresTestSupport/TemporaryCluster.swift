import Foundation
package import Logging
package import Postgres
import ServiceLifecycle

/// A PostgreSQL cluster in a directory of its own under `/tmp`, without a port, gone when the process is.
///
/// The one that a test run shares is `shared`; a test that stops and starts its server makes its own.
package actor TemporaryCluster {
  package static let shared = TemporaryCluster()

  private var starting: Task<PostgresServer, any Error>?
  private var migratedTemplates: [String: Task<String, any Error>] = [:]
  private var databaseCount = 0

  package init() {}

  /// Starts the server at the first call.
  package func server() async throws -> PostgresServer {
    if let starting { return try await starting.value }
    // Unstructured, because the cluster belongs to the whole run and not to the test that comes first.
    let task = Task { try await Self.start() }
    starting = task
    return try await task.value
  }

  private static func start() async throws -> PostgresServer {
    let home = URL(filePath: "/tmp/quern-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))").path
    let server = try PostgresServer(directory: home, settings: settings, logger: .silent)
    try startReaper(home: home)
    try await server.start()
    return server
  }

  /// Nothing of a test must survive a power cut.
  private static let settings = [
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "64MB",
    "max_connections": "200", "autovacuum_naptime": "600s", "logging_collector": "off",
  ]

  /// Reads a socket until this process is gone, however it ends; then stops the server and removes the directory.
  private static func startReaper(home: String) throws {
    let script = """
      trap '' INT TERM HUP; cat >/dev/null; pid=$(head -n 1 "$0/postgres/postmaster.pid" 2>/dev/null)
      [ -n "$pid" ] && kill -QUIT "$pid"; while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
      rm -rf "$0"
      """
    var ends: [Int32] = [-1, -1]
    // Our end closes with the process and is in no other child.
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw POSIXError(.EMFILE)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let words: [String] = ["sh", "-c", script, home]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let failure = posix_spawn(nil, "/bin/sh", &actions, nil, arguments, environ)
    close(ends[1])
    if failure != 0 { throw POSIXError(.ECHILD) }
  }
}

extension TemporaryCluster {
  /// A fresh database; dropped with the cluster.
  /// - Parameter migrations: a directory to apply first (once: further databases are copies).
  package func createDatabase(migrations: String? = nil) async throws -> PostgresConfiguration {
    guard let migrations else { return try await create("test", from: "template1") }
    return try await create("test", from: template(migrations))
  }

  private func template(_ migrations: String) async throws -> String {
    if let task = migratedTemplates[migrations] { return try await task.value }
    let task = Task {
      let configuration = try await create("template", from: "template1")
      let connection = try await PostgresConnection.connect(configuration, logger: .silent)
      _ = try await Migrator(directory: migrations).migrate(connection)
      await connection.close()
      return configuration.database ?? ""
    }
    migratedTemplates[migrations] = task
    return try await task.value
  }

  private func create(_ prefix: String, from template: String) async throws -> PostgresConfiguration {
    databaseCount += 1
    let name = "\(prefix)_\(databaseCount)"
    var configuration = try await server().configuration
    let connection = try await PostgresConnection.connect(configuration, logger: .silent)
    while try await !copy(template, to: name, connection) { await Task.yield() }
    await connection.close()
    configuration.database = name
    return configuration
  }
}

extension TemporaryCluster {
  /// Returns false while a closed connection to the template still lingers in the server.
  private func copy(
    _ template: String,
    to name: String,
    _ connection: PostgresConnection
  ) async throws(PostgresError) -> Bool {
    let statement: PostgresQuery =
      "CREATE DATABASE \(unescaped: name) TEMPLATE \(unescaped: template) STRATEGY file_copy"
    do throws(PostgresError) {
      _ = try await connection.query(statement)
      return true
    } catch {
      if error.sqlState == "55006" { return false }
      throw error
    }
  }
}

extension Logger {
  /// For tests that do not look at the log.
  package static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
