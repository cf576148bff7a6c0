import FoundationEssentials
import Glibc
package import Logging
import ServiceLifecycle

/// A PostgreSQL server of our own in a home directory, reachable over a UNIX socket in a private directory alone.
///
/// One process holds a home at a time. What a holder that was killed left running is stopped before the next start,
/// and PostgreSQL recovers from its log.
package actor PostgresServer: Service {
  /// The database and superuser that `start` makes sure of.
  package static let databaseName = "quern"
  package static let userName = "quern"

  nonisolated let directories: ServerDirectories
  nonisolated let logger: Logger
  private nonisolated let executor = DispatchExecutor(label: "quern.postgres.server")
  private let givenBinaries: ServerBinaries?
  private let overrides: [String: String]
  private var lock: DirectoryLock?

  package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - directory: the home; created when absent.
  ///   - binaries: nil looks for the newest installed, or the version of the cluster.
  ///   - settings: for postgresql.conf, over ours.
  package init(
    directory: String,
    binaries: ServerBinaries? = nil,
    settings: [String: String] = [:],
    logger: Logger
  ) throws(PostgresError) {
    directories = ServerDirectories(home: try Self.absolute(directory), user: try ServerUser.required())
    givenBinaries = binaries
    overrides = settings
    self.logger = logger
  }

  /// How to connect once it runs.
  package nonisolated var configuration: PostgresConfiguration {
    PostgresConfiguration(
      socketDirectory: directories.socket,
      database: Self.databaseName,
      user: Self.userName
    )
  }

  /// The parent resolved, so that it compares with what `/proc` says.
  private static func absolute(_ path: String) throws(PostgresError) -> String {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .embeddedServer(.file(path: path, reason: "cannot be created"))
    }
    guard let resolved = unsafe realpath(path, nil) else { throw .file(path) }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}

extension PostgresServer {
  /// Creates the cluster when there is none, starts it, and returns when it accepts connections.
  /// - Throws: `heldBy` when another process runs this home.
  package func start() async throws(PostgresError) {
    if lock != nil { return }
    try directories.create()
    lock = try DirectoryLock(path: directories.lock)
    do throws(PostgresError) {
      try await launch()
    } catch {
      stop()
      throw error
    }
  }

  /// As the holder of the home.
  func launch() async throws(PostgresError) {
    let binaries = if let givenBinaries { givenBinaries } else { try ServerBinaries.find(for: directories.data) }
    let programs = ServerPrograms(binaries: binaries, directories: directories)
    try takeOver()
    if unsafe access(directories.data, F_OK) != 0 { try await programs.createCluster() }
    try programs.writeSettings(ServerSettings(socketDirectory: directories.socket, overrides: overrides))
    try await programs.startPostmaster()
    try await createDatabase()
  }

  /// Ends all sessions, writes a checkpoint, and returns when the server is gone. Cancellation does not cut it short.
  /// Without a `start` before, it does nothing: the server may be another holder's.
  package func stop() {
    if lock == nil { return }
    stopPostmaster()
    directories.removeSocketDirectory()
    lock = nil
  }

  /// The postmaster's process id while it runs.
  package nonisolated var processID: Int32? { ServerProcess(dataDirectory: directories.data).postmaster }

  /// A killed holder's server is stopped rather than adopted: it may run with other settings or another version.
  private func takeOver() throws(PostgresError) {
    stopPostmaster()
    let process = ServerProcess(dataDirectory: directories.data)
    for _ in 0..<500 where process.isAnyAlive { usleep(20_000) }
    try process.removeMisleadingLockFiles(socketDirectory: directories.socket)
  }

  /// Fast shutdown; after a minute an immediate one, which costs the next start a recovery and no data.
  private func stopPostmaster() {
    for (signal, seconds) in [(SIGINT, 60), (SIGQUIT, 10)] {
      guard let pid = processID else { return }
      kill(pid, signal)
      for _ in 0..<seconds * 50 where kill(pid, 0) == 0 { usleep(20_000) }
    }
  }

  private func createDatabase() async throws(PostgresError) {
    var maintenance = configuration
    maintenance.database = "postgres"
    let connection = try await PostgresConnection.connect(maintenance, logger: logger)
    let exists = try await connection.query("SELECT FROM pg_database WHERE datname = \(Self.databaseName)")
    if exists.isEmpty {
      _ = try await connection.query("CREATE DATABASE \(unescaped: Self.databaseName.quotedAsIdentifier)")
    }
    await connection.close()
  }
}
