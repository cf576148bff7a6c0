import ArgumentParser
import Foundation
import Launch
import Logging
import Postgres
import Privacy
import ServiceLifecycle
import Telemetry
import UnixSignals

struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Run PostgreSQL, a worker and the monitor of an own Quern; Ctrl-C drains and stops them.",
    discussion: """
      Everything is kept in one directory: --home, else QUERN_HOME, else the user's data directory. What is lost to a \
      crash or a power cut is recovered at the next start.
      """
  )

  @Option(help: ArgumentHelp("The directory of this Quern.", valueName: "dir"))
  var home: String?

  @Flag(inversion: .prefixedNo, help: "Run a worker; without one, start workers yourself.")
  var worker = true

  @Option(help: ArgumentHelp("How many threads the worker computes with.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("How many jobs of a kind the worker takes at once.", valueName: "kind=n"))
  var slots: [String] = []

  @Option(
    help: ArgumentHelp("Where the worker serves its metrics; a socket in the home without it.", valueName: "address")
  )
  var workerMetrics: String?

  @Option(
    help: ArgumentHelp(
      "Where the monitor serves the queue's metrics; a socket in the home without it.",
      valueName: "address"
    )
  )
  var monitorMetrics: String?

  @Option(help: ArgumentHelp("Where the monitor writes the journal: auto, journald or a file.", valueName: "journal"))
  var journal: String?

  @Option(help: ArgumentHelp("Where the migrations are, if not beside the program.", valueName: "dir"))
  var migrations: String?

  func run() async throws {
    let home = Home(home, environment: ProcessInfo.processInfo.environment)
    LogBootstrap.install(executable: Identifier("quern"), level: .notice, registry: MetricsRegistry())
    let embedded = EmbeddedQuern(
      home: home,
      server: try PostgresServer(directory: home.directory, logger: Logger(label: "postgres")),
      migrator: try MigrationDirectory.find(migrations).migrator(),
      children: try children(of: home)
    )
    let group = ServiceGroup(
      configuration: .init(
        services: [.init(service: embedded, successTerminationBehavior: .gracefullyShutdownGroup)],
        gracefulShutdownSignals: [.sigint, .sigterm],
        logger: Logger(label: "quern") { _ in SwiftLogNoOpLogHandler() }
      )
    )
    try await group.run()
  }

  /// In the order of their start; they stop in the opposite one, so that the monitor sees the worker's last events.
  private func children(of home: Home) throws -> [ChildProgram] {
    let folder = ExecutableFolder.current
    var monitor = ChildProgram(name: "monitor", path: try folder.sibling("quern-monitor"), drainLimit: .seconds(15))
    monitor.arguments = ["--metrics", monitorMetrics ?? "unix:\(home.run)/monitor.sock"]
    monitor.arguments += journal.map { ["--journal", $0] } ?? []
    guard worker else { return [monitor] }
    var worker = ChildProgram(name: "worker", path: try folder.sibling("quern-worker"), drainLimit: .seconds(60))
    worker.arguments = ["--cache", home.blobs, "--metrics", workerMetrics ?? "unix:\(home.run)/worker.sock"]
    worker.arguments += threads.map { ["--threads", "\($0)"] } ?? []
    worker.arguments += slots.flatMap { ["--slots", $0] }
    return [monitor, worker]
  }
}
