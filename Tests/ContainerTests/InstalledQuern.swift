import ContainerTestSupport
import Foundation
import Testing

/// Quern on a booted system, installed from the stage and set up with the commands of the README.
struct InstalledQuern {
  let system: SystemdContainer

  static let worker = "quern-worker@default.service"
  static let monitor = "quern-monitor.service"
  private static let stage = Repository.root + "/.build/stage"

  static func boot() async throws -> InstalledQuern {
    try requireFreshStage()
    let system = try await SystemdContainer.boot(binding: [
      .init(stage, at: "/run/quern-stage"), .init(Repository.root + "/demo/stories260K", at: "/run/stories260K"),
    ])
    let quern = InstalledQuern(system: system)
    do {
      try await quern.setUp()
    } catch {
      try await system.stop()
      throw error
    }
    return quern
  }

  /// What is tested is what was built.
  private static func requireFreshStage() throws {
    for name in ["quern", "quern-worker", "quern-monitor"] {
      let staged = try? FileManager.default.attributesOfItem(atPath: "\(stage)/usr/bin/\(name)")[.modificationDate]
      let built = try FileManager.default.attributesOfItem(
        atPath: URL(filePath: "\(Repository.root)/.build/release/\(name)").resolvingSymlinksInPath().path()
      )[.modificationDate]
      guard let staged = staged as? Date, let built = built as? Date, staged >= built else {
        throw SystemdContainerError.command(name, "run make install DESTDIR=.build/stage PREFIX=/usr first")
      }
    }
  }

  private func setUp() async throws {
    try await shell(
      """
      cp -a /run/quern-stage/usr/. /usr/
      systemd-sysusers quern.conf
      systemd-tmpfiles --create quern.conf
      journalctl --update-catalog
      systemctl daemon-reload
      """
    )
    try await system.startPostgres()
    try await shell(
      """
      as_postgres() { runuser -u postgres -- "$@"; }
      as_postgres createuser quern
      as_postgres createdb quern
      as_postgres quern migrate --database dbname=quern
      as_postgres psql -d quern -c 'GRANT quern_worker, quern_monitor TO quern'
      as_postgres quern model import /run/stories260K --name stories --database dbname=quern
      # Everything as shipped, but quicker.
      for unit in quern-worker@ quern-monitor; do
        mkdir -p /etc/systemd/system/$unit.service.d
        printf '[Service]\\nRestartSec=100ms\\nTimeoutStopSec=3\\n' > /etc/systemd/system/$unit.service.d/quick.conf
      done
      echo 'QUERN_WORKER_OPTIONS=--lease 3 --drain-limit 5' > /etc/quern/worker.env
      systemctl daemon-reload
      systemctl start quern.target quern-worker@default.service
      """
    )
  }

  /// Runs a script as root inside and gives what it printed.
  @discardableResult
  func shell(_ script: String) async throws -> String {
    let outcome = try await system.shell(script)
    guard outcome.succeeded else { throw SystemdContainerError.command(script, "\(outcome)") }
    return outcome.standardOutput.trimmingCharacters(in: .newlines)
  }

  /// What psql prints without decoration, for the database's superuser.
  @discardableResult
  func sql(_ statement: String) async throws -> String {
    // Not as an argument of runuser, which PAM logs.
    try await shell(
      """
      runuser -u postgres -- psql -XqAt -v ON_ERROR_STOP=1 -d quern <<'STATEMENT'
      \(statement)
      STATEMENT
      """
    )
  }

  /// A property of a unit, as `systemctl show` prints it.
  func property(_ name: String, of unit: String) async throws -> String {
    try await shell("systemctl show -P \(name) \(unit)")
  }

  /// Submits `count` jobs that together keep a worker busy for seconds.
  func submitStories(_ count: Int) async throws {
    try await sql(
      """
      SELECT count(quern.generate('stories', 'Once upon a time', '{"max_tokens": 200, "ignore_eos": true}'))
      FROM generate_series(1, \(count))
      """
    )
  }

  func count(_ state: String) async throws -> Int {
    Int(try await sql("SELECT count(*) FROM quern.jobs WHERE state = '\(state)'")) ?? -1
  }

  func finishAll() async throws {
    try await eventually("all jobs are done") {
      try await sql("SELECT count(*) FROM quern.jobs WHERE finished_at IS NULL") == "0"
    }
  }

  /// Waits until the condition holds; a test that waits in vain fails with its words.
  func eventually(
    _ words: String,
    within limit: Duration = .seconds(30),
    _ condition: () async throws -> Bool
  ) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
      guard ContinuousClock.now < end else {
        let journal = try await shell("journalctl --no-pager -n 40")
        throw SystemdContainerError.command("waiting until \(words)", journal)
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}

/// Boots one `InstalledQuern` for a whole suite.
struct InstalledQuernTrait: SuiteTrait, TestScoping {
  @TaskLocal private static var booted: InstalledQuern?

  /// - Precondition: the test belongs to a suite with this trait.
  static var quern: InstalledQuern {
    guard let booted else { preconditionFailure("the suite lacks .installedQuern") }
    return booted
  }

  func provideScope(
    for test: Test,
    testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let quern = try await InstalledQuern.boot()
    do {
      try await Self.$booted.withValue(quern) { try await function() }
    } catch {
      try await quern.system.stop()
      throw error
    }
    try await quern.system.stop()
  }
}

extension Trait where Self == InstalledQuernTrait {
  static var installedQuern: Self { Self() }
}
