import ArgumentParser
import Executors
import Foundation
import Jobs
import Launch
import Postgres
import Privacy
import Queue
import Registry
import Telemetry

struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quern-worker",
    abstract: "Claim jobs from PostgreSQL and run them.",
    discussion: """
      SIGTERM drains: nothing more is claimed, jobs finish or go back to the queue, exit code 0. A worker that dies \
      loses nothing: its jobs run again when its lease is over.
      """,
    version: Version.current
  )

  @OptionGroup var database: DatabaseOptions

  @Option(
    name: .customLong("queue"),
    help: ArgumentHelp("A queue to serve; may be repeated. Default: default.", valueName: "name")
  )
  var queues: [QueueName] = []

  @Option(
    name: .customLong("kind"),
    help: ArgumentHelp("A kind of job to run; may be repeated. Default: all.", valueName: "kind")
  )
  var kinds: [String] = []

  @Option(
    help: ArgumentHelp(
      "How many jobs of a kind run together, such as generate=64; may be repeated. Default: 32, of finetune 1.",
      valueName: "kind=n"
    )
  )
  var slots: [Slots] = []

  @Option(
    help: ArgumentHelp("Threads to compute with. Default: the processors that this process may use.", valueName: "n")
  )
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Memory for the key/value cache of each model, such as 512M or 4G. Default: 1G.",
      valueName: "size"
    )
  )
  var memory: ByteSize?

  @Option(help: ArgumentHelp("Where downloaded models are kept.", valueName: "dir"))
  var cache: String?

  @Option(help: ArgumentHelp("The worker's name in quern.workers. Default: the host's name.", valueName: "id"))
  var name: String?

  @Option(help: ArgumentHelp("Serve metrics at HOST:PORT or unix:PATH.", valueName: "address"))
  var metrics: MetricsAddress?

  @Option(
    help: ArgumentHelp(
      "A lower instruction set than the processor's: portable, avx2, avx512, avx512vnni, avx512bf16.",
      valueName: "level"
    )
  )
  var kernels: KernelOption?

  @Option(
    help: ArgumentHelp("Seconds without a heartbeat after which this worker counts as lost.", valueName: "seconds")
  )
  var lease: Int = 15

  @Option(
    help: ArgumentHelp("Seconds that running jobs may take to finish when the worker is stopped.", valueName: "seconds")
  )
  var drainLimit: Int = 30

  mutating func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes a number from 1 to 1024") }
    guard (1...3600).contains(lease) else { throw ValidationError("--lease takes seconds from 1 to 3600") }
    guard (0...86_400).contains(drainLimit) else {
      throw ValidationError("--drain-limit takes seconds from 0 to 86400")
    }
    for kind in kinds + slots.map(\.kind) where !JobKind.known.contains(JobKind(rawValue: kind)) {
      let known = JobKind.known.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("this worker cannot run jobs of kind \(kind); it knows \(known)")
    }
  }

  func run() async throws {
    let daemon = try Daemon(name: "quern-worker", database: database, connections: 4)
    let engine = EngineAssembly(
      daemon: daemon,
      blobs: try blobCache(),
      threads: threads,
      kernels: kernels?.level,
      cacheByteLimit: memory?.count
    )
    let databaseProgress = ProgressSource(name: "database")
    let listener = PostgresListener(daemon.configuration, channels: Worker.channels, logger: daemon.logger)
    let worker = Worker(
      configuration(engine),
      database: MeteredDatabase(daemon.client, daemon.registry),
      listener: listener,
      runner: engine.executors,
      metrics: WorkerMetrics(daemon.registry),
      databaseProgress: databaseProgress,
      logger: daemon.logger
    )
    let status = StatusReporter(
      isReady: { worker.snapshot.isRegistered },
      isDraining: { worker.snapshot.isDraining },
      drainLimit: .seconds(drainLimit),
      status: { Self.status(worker, engine) }
    )
    try await daemon.run(
      [listener, status, worker],
      metrics: metrics,
      progress: [databaseProgress, engine.progress]
    )
  }

  private func configuration(_ engine: EngineAssembly) -> WorkerConfiguration {
    let host = ProcessInfo.processInfo.hostName
    return WorkerConfiguration(
      name: name ?? host,
      host: host,
      pid: ProcessInfo.processInfo.processIdentifier,
      version: Version.current,
      queues: queues.isEmpty ? ["default"] : queues.map(\.text),
      slots: slotsByKind,
      lease: .seconds(lease),
      drainLimit: .seconds(drainLimit),
      scratchDirectory: scratchDirectory,
      kernelLevels: engine.kernelLevels,
      detail: engine.detail
    )
  }

  private var slotsByKind: [JobKind: Int] {
    let offered = kinds.isEmpty ? JobKind.known : kinds.map(JobKind.init(rawValue:))
    var byKind: [JobKind: Int] = [:]
    for kind in offered { byKind[kind] = Self.defaultSlots(kind) }
    for slot in slots where byKind[JobKind(rawValue: slot.kind)] != nil {
      byKind[JobKind(rawValue: slot.kind)] = slot.count
    }
    return byKind
  }

  /// A training takes all cores and much memory: two at a time would only be slower.
  private static func defaultSlots(_ kind: JobKind) -> Int {
    switch kind {
    case .finetune: 1
    case .sleep: 100
    default: 32
    }
  }

  /// - Throws: when models could not be stored there: each job would fail.
  private func blobCache() throws -> BlobCache {
    let directory = cacheDirectory
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw ConfigurationError("cannot make the cache \(directory): \(error.localizedDescription)")
    }
    guard access(directory, W_OK | X_OK) == 0 else {
      throw ConfigurationError("cannot write to the cache \(directory): \(String(cString: strerror(errno)))")
    }
    return BlobCache(directory: directory)
  }

  /// systemd's CacheDirectory, else the embedded home's blobs.
  private var cacheDirectory: String {
    let environment = ProcessInfo.processInfo.environment
    return cache ?? environment["CACHE_DIRECTORY"] ?? Home(environment: environment).blobs
  }

  /// systemd's RuntimeDirectory, which goes with the unit, or that of the embedded home.
  private var scratchDirectory: String {
    let environment = ProcessInfo.processInfo.environment
    if let directory = environment["RUNTIME_DIRECTORY"], !directory.isEmpty { return directory }
    if let home = environment["QUERN_HOME"], !home.isEmpty { return Home(environment: environment).run }
    return FileManager.default.temporaryDirectory.path
  }

  private static func status(_ worker: Worker, _ engine: EngineAssembly) -> Redacted {
    let now = worker.snapshot
    guard now.isRegistered else { return "waiting for the database" }
    if now.running == 0, !now.isDraining { return "idle" }
    let state: Redacted = now.isDraining ? "draining" : "working"
    let jobs: Redacted = now.running == 1 ? "job" : "jobs"
    return "\(state): \(now.running) \(jobs) running, \(engine.tokensPerSecond()) tokens/s"
  }
}
