package import JSON
package import Jobs

/// How a worker process announces itself.
package struct WorkerRegistration: Sendable, Hashable {
  package var name: String
  package var host: String
  package var pid: Int32
  package var version: String
  /// What the worker offers, and how many attempts of each kind it runs at a time.
  package var slots: [JobKind: Int]
  package var queues: [String]
  package var lease: Duration
  /// The instruction sets that it computes with: it is given checkpoints of these alone.
  package var kernelLevels: [String]
  /// For `quern.workers` and metrics: engine, cpu, dtype.
  package var detail: JSONValue

  package init(
    name: String,
    host: String,
    pid: Int32,
    version: String,
    slots: [JobKind: Int],
    queues: [String] = ["default"],
    lease: Duration = .seconds(15),
    kernelLevels: [String] = ["portable"],
    detail: JSONValue = [:]
  ) {
    self.name = name
    self.host = host
    self.pid = pid
    self.version = version
    self.slots = slots
    self.queues = queues
    self.lease = lease
    self.kernelLevels = kernelLevels
    self.detail = detail
  }
}

/// One registration: never reused, so that what a former process still sends is told apart.
package struct WorkerID: Sendable, Hashable, CustomStringConvertible {
  package let description: String

  /// `name-` and 16 random hexadecimal digits.
  package init(name: String, using generator: inout some RandomNumberGenerator) {
    let digits = String(generator.next() as UInt64, radix: 16)
    description = name + "-" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension [JobKind: Int] {
  /// `{"generate": 16}`, as `quern.claim` takes it.
  var json: JSONValue {
    .object(
      JSONObject(
        uniqueKeysWithValues: sorted { $0.key.rawValue < $1.key.rawValue }.map {
          ($0.key.rawValue, JSONValue($0.value))
        }
      )
    )
  }
}
