import Foundation
import Glibc
import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Queue
import Synchronization
import Testing

/// A migrated database, a directory, and the programs that a test runs on them; all gone when the test is.
final class Rig: Sendable {
  let configuration: PostgresConfiguration
  let client: PostgresClient
  let directory: String
  private let children = Mutex<[ChildProcess]>([])

  private init(_ configuration: PostgresConfiguration, _ client: PostgresClient) throws {
    self.configuration = configuration
    self.client = client
    directory = "/tmp/quern-recovery-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  /// - Parameter models: directories by name, imported with the real command.
  static func run(
    on cluster: TemporaryCluster = .shared,
    models: [String: String] = [:],
    _ body: @Sendable (Rig) async throws -> Void
  ) async throws {
    let configuration = try await cluster.createDatabase(migrations: repositoryMigrations)
    try await withClient(configuration, maximumConnections: 8) { client in
      let rig = try Rig(configuration, client)
      let outcome: Result<Void, any Error>
      do {
        for (name, path) in models { try await rig.quern("model", "import", path, "--name", name) }
        outcome = .success(try await body(rig))
      } catch {
        outcome = .failure(error)
      }
      await rig.remove()
      try outcome.get()
    }
  }

  private func remove() async {
    for child in children.withLock({ $0 }) {
      child.send(SIGKILL)
      // A child that does not end is the guardian's.
      if (try? await child.waitUntilEnded()) != nil { Guardian.shared.remove(child) }
    }
    try? FileManager.default.removeItem(atPath: directory)
  }
}

extension Rig {
  /// Where `swift build` puts programs: beside the tests.
  static let executables = URL(
    filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  )
  .deletingLastPathComponent().path

  func start(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: String) throws
    -> ChildProcess
  {
    let base = [
      "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "QUERN_DATABASE_URL": configuration.conninfo, "QUERN_HOME": directory,
    ]
    let child = try ChildProcess(
      "\(Self.executables)/\(program)",
      arguments,
      environment: base.merging(environment) { $1 },
      log: "\(directory)/\(log)"
    )
    Guardian.shared.add(child)
    children.withLock { $0.append(child) }
    return child
  }

  /// - Parameter name: fresh for each start, so that its row in `quern.worker` can be told from others.
  func worker(_ name: String, lease: Int = 15, _ options: [String] = [], environment: [String: String] = [:]) throws
    -> ChildProcess
  {
    let arguments = [
      "--name", name, "--lease", "\(lease)", "--cache", "\(directory)/blobs", "--metrics", "unix:\(metricsPath(name))",
    ]
    return try start("quern-worker", arguments + options, environment: environment, log: "\(name).log")
  }

  func monitor(_ options: [String] = []) throws -> ChildProcess {
    try start(
      "quern-monitor",
      ["--journal", journalPath, "--metrics", "unix:\(metricsPath("monitor"))"] + options,
      log: "monitor.log"
    )
  }

  /// Runs `quern` to its end.
  @discardableResult
  func quern(_ arguments: String...) async throws -> String {
    let child = try start("quern", arguments, log: "quern-\(UInt32.random(in: 0...UInt32.max)).log")
    let end = try await child.waitUntilEnded()
    Guardian.shared.remove(child)
    try #require(end == .exited(0), "\(child.output)")
    return child.output
  }

  /// Imports a model whose jobs run until they are stopped.
  func importEndless() async throws {
    try await quern("model", "import", try Models.makeEndless(in: directory), "--name", "endless")
  }

  var journalPath: String { "\(directory)/journal.jsonl" }

  func metricsPath(_ name: String) -> String { "\(directory)/\(name).sock" }
}

extension Rig {
  func query(_ sql: String) async throws -> PostgresResult {
    try await client.query(PostgresQuery(unescaped: sql))
  }

  func number(_ sql: String) async throws -> Int { try await query(sql).onlyRow.decode(0) }

  func submit(_ parameters: [JSONValue], kind: JobKind = .generate) async throws -> [JobID] {
    try await JobQueue(client).submit(Submission(kind: kind, parameters: []), forEach: parameters)
  }

  func sleep(_ seconds: Double, count: Int = 1) async throws -> [JobID] {
    try await submit(Array(repeating: ["seconds": .number(seconds)], count: count), kind: .sleep)
  }

  func job(_ id: JobID) async throws -> JobRecord { try #require(try await JobQueue(client).show(id)) }

  /// When the last event of this type happened to the job, in seconds since 1970.
  func time(of type: String, _ id: JobID) async throws -> Double {
    try await query(
      "SELECT extract(epoch FROM max(at))::float8 FROM quern.event WHERE type = '\(type)' AND job = \(id.rawValue)"
    ).onlyRow.decode(0)
  }

  func waitUntilFinished(within limit: Duration = .seconds(120)) async throws {
    try await eventually("all jobs are over", within: limit) { try await number("SELECT count(*) FROM quern.job") == 0 }
  }

  func waitUntilRunning(_ ids: [JobID]) async throws {
    let list = ids.map { "\($0.rawValue)" }.joined(separator: ",")
    let sql = "SELECT count(*) FROM quern.job WHERE state = 'running' AND id IN (\(list))"
    try await eventually("the jobs run") { try await number(sql) == ids.count }
  }

  func waitUntilLive(_ name: String) async throws {
    let sql = "SELECT count(*) FROM quern.worker WHERE state = 'live' AND name = '\(name)'"
    try await eventually("the worker \(name) is registered") { try await number(sql) == 1 }
  }
}

/// Looks again and again until `condition` holds. A wait in vain ends the test.
func eventually(
  _ what: String,
  within limit: Duration = .seconds(60),
  every pause: Duration = .milliseconds(2),
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while try await !condition() {
    try #require(ContinuousClock.now < deadline, "waited \(limit) in vain until \(what)")
    try await Task.sleep(for: pause)
  }
}
