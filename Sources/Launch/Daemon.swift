package import Logging
package import Postgres
package import Privacy
package import ServiceLifecycle
package import Telemetry
import UnixSignals

/// What every daemon has: a pool of connections, metrics, a watchdog, and a group that runs them in order.
package struct Daemon: Sendable {
  package let name: Identifier
  package let registry: MetricsRegistry
  package let logger: Logger
  package let client: PostgresClient
  package let configuration: PostgresConfiguration

  /// - Parameter connections: the most that the pool opens.
  package init(name: Identifier, database: DatabaseOptions, connections: Int) throws {
    self.name = name
    registry = MetricsRegistry()
    LogBootstrap.install(executable: name, registry: registry)
    ProcessMetrics.register(in: registry, version: Version.current, commit: Version.commit)
    logger = Logger(label: "\(name)")
    configuration = try database.address(applicationName: "\(name)").configuration
    client = PostgresClient(configuration, maximumConnections: connections, logger: logger)
  }

  /// Runs until SIGTERM or Ctrl-C, or until the last service returns; services stop in the opposite order.
  /// - Parameter metrics: where to serve them; nil for nowhere.
  package func run(
    _ services: [any Service],
    metrics address: MetricsAddress?,
    progress: [ProgressSource]
  ) async throws {
    var all: [any Service] = [client]
    if let address { all.append(MetricsServer(address: address, registry: registry)) }
    all.append(Watchdog(sources: progress, registry: registry, clock: ContinuousClock()))
    all += services
    let group = ServiceGroup(
      configuration: .init(
        services: all.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger
      )
    )
    try await group.run()
  }
}
