import Foundation
import Launch
import Logging
import Postgres
import ServiceLifecycle

/// A whole Quern in one home: PostgreSQL, its schema, and the programs that work on it.
struct EmbeddedQuern: Service {
  let home: Home
  let server: PostgresServer
  let migrator: Migrator
  let children: [ChildProgram]

  /// Starts everything bottom-up; at graceful shutdown stops it top-down.
  func run() async throws {
    let line = ProgressBar("starting")
    line.update(nil, "PostgreSQL in \(home.directory)")
    try await server.start()
    line.clear()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      do {
        try await migrate()
        try await runChildren()
      } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
      try await group.waitForAll()
    }
    Console.note("stopped")
  }

  private func migrate() async throws {
    let connection = try await PostgresConnection.connect(server.configuration, logger: Logger(label: "quern"))
    let applied = try await migrator.migrate(connection)
    await connection.close()
    if !applied.isEmpty { Console.note("migrated the database: \(applied.count) step\(applied.count == 1 ? "" : "s")") }
  }

  private func runChildren() async throws {
    try FileManager.default.createDirectory(atPath: home.blobs, withIntermediateDirectories: true)
    try await Guardian.run { guardian in
      try await nest(children[...], guardian)
    }
  }

  /// Each child outlives those that come after it.
  private func nest(_ rest: ArraySlice<ChildProgram>, _ guardian: Guardian) async throws {
    guard let child = rest.first else {
      welcome()
      // Returns at the shutdown, by cancelling the sleep.
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(Int64.max / 2)) }
      Console.note("stopping: jobs are finished or handed back")
      return
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      let supervisor = ChildSupervisor(program: child, environment: environment, guardian: guardian)
      group.addTask { await supervisor.run() }
      try await nest(rest.dropFirst(), guardian)
      group.cancelAll()
    }
  }

  /// What the children find their database by, and nothing that would lead them to another one.
  private var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
    environment["QUERN_DATABASE_URL_FILE"] = nil
    environment["QUERN_DATABASE_URL"] = server.configuration.conninfo
    environment["QUERN_HOME"] = home.directory
    environment["RUNTIME_DIRECTORY"] = home.run
    return environment
  }

  private func welcome() {
    let isDefault = home == Home(environment: ProcessInfo.processInfo.environment)
    Console.write(
      """
      Quern \(Version.current) is up in \(home.directory); Ctrl-C stops it.

        database   \(server.configuration.redactedDescription)
        journal    quern logs ID
        jobs       quern model import DIR --name NAME
                   quern generate NAME "Once upon a time" --wait
        SQL        quern psql -c "SELECT quern.generate('NAME', 'Once upon a time')"

      """
    )
    if !isDefault { Console.write("In other terminals: export QUERN_HOME=\(home.directory)\n") }
  }
}
