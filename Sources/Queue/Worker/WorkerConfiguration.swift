package import JSON
package import Jobs

/// What a worker offers and how patient it is.
package struct WorkerConfiguration: Sendable {
  /// Its registrations are called `name-<random>`.
  package var name: String
  package var host: String
  package var pid: Int32
  package var version: String
  package var queues: [String]
  package var slots: [JobKind: Int]
  package var lease: Duration
  /// How long attempts may go on when the worker is told to stop; then they are handed back.
  package var drainLimit: Duration
  /// Between two looks at the queue without a notification.
  package var pollInterval: Duration
  /// Where checkpoints are downloaded to and made: the unit's RuntimeDirectory, or one for temporary files.
  package var scratchDirectory: String
  /// The instruction sets that it computes with, lowest first: checkpoints of others it leaves to other workers.
  package var kernelLevels: [String]
  package var detail: JSONValue

  package init(
    name: String,
    host: String,
    pid: Int32,
    version: String,
    queues: [String] = ["default"],
    slots: [JobKind: Int],
    lease: Duration = .seconds(15),
    drainLimit: Duration = .seconds(30),
    pollInterval: Duration = .milliseconds(500),
    scratchDirectory: String = "/tmp",
    kernelLevels: [String] = ["portable"],
    detail: JSONValue = [:]
  ) {
    self.name = name
    self.host = host
    self.pid = pid
    self.version = version
    self.queues = queues
    self.slots = slots
    self.lease = lease
    self.drainLimit = drainLimit
    self.pollInterval = pollInterval
    self.scratchDirectory = scratchDirectory
    self.kernelLevels = kernelLevels
    self.detail = detail
  }

  var registration: WorkerRegistration {
    WorkerRegistration(
      name: name,
      host: host,
      pid: pid,
      version: version,
      slots: slots,
      queues: queues,
      lease: lease,
      kernelLevels: kernelLevels,
      detail: detail
    )
  }
}
