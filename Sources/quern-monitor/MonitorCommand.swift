import ArgumentParser
import Foundation
import Launch
import Privacy
import Queue
import Telemetry

struct MonitorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quern-monitor",
    abstract: "Write every job's input, output and errors, redacted, to the journal; serve metrics; sweep.",
    discussion: """
      Events wait in the database while the monitor is away, and are journalled once when it is back. Read them with \
      `quern logs ID` or `journalctl QUERN_JOB_ID=ID`.
      """,
    version: Version.current
  )

  @OptionGroup var database: DatabaseOptions

  @Option(help: ArgumentHelp("Serve metrics at HOST:PORT or unix:PATH.", valueName: "address"))
  var metrics: MetricsAddress?

  @Option(help: ArgumentHelp("Where events go: auto, journald, or a file of JSON lines.", valueName: "journal"))
  var journal: JournalChoice = .auto

  @Option(help: ArgumentHelp("How much content the journal gets: none, hash, redacted or full.", valueName: "policy"))
  var content: ContentPolicy = .redacted

  func run() async throws {
    let daemon = try Daemon(name: "quern-monitor", database: database, connections: 3)
    let home = Home(environment: ProcessInfo.processInfo.environment)
    let (sink, reader) = try journal.open(file: home.journal)
    let databaseProgress = ProgressSource(name: "database")
    let database = MeteredDatabase(daemon.client, daemon.registry)
    let queue = QueueMonitor(database)
    let journalling = EventJournal(
      events: EventReader(name: "journal", database),
      sink: sink,
      written: reader,
      gate: ContentGate(),
      policy: content,
      redactions: RedactionMetrics(daemon.registry),
      times: EventTimes(daemon.registry),
      progress: databaseProgress,
      logger: daemon.logger
    )
    let metricsService = QueueMetrics(queue, registry: daemon.registry, logger: daemon.logger)
    let status = StatusReporter(
      isReady: { metricsService.isConnected },
      status: { metricsService.isConnected ? "watching the queue" : "waiting for the database" }
    )
    try await daemon.run(
      [status, Sweeper(queue, progress: databaseProgress, logger: daemon.logger), metricsService, journalling],
      metrics: metrics,
      progress: [databaseProgress]
    )
  }
}

extension ContentPolicy: ExpressibleByArgument {}
