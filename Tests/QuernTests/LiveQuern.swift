import Foundation
import JSON
import Subprocess
import SystemPackage
import Testing

/// A `quern up` in a temporary home, for the suites that carry the trait `live`.
struct LiveQuern: Sendable {
  @TaskLocal static var current: LiveQuern?

  let home: String
  let processID: pid_t

  /// `quern` in this home.
  static var quern: Program {
    get throws {
      let live = try #require(current)
      var program = Program()
      program.environment["QUERN_HOME"] = live.home
      return program
    }
  }

  static func makeHome() throws -> String {
    let home = "/tmp/quern-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
      atPath: home,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o755]
    )
    return home
  }

  /// Starts `quern up`, runs `body` once it answers, and stops it with SIGTERM.
  /// - Returns: what it printed, and how it ended.
  @discardableResult
  static func run(
    home: String,
    arguments: [String] = [],
    _ body: (LiveQuern) async throws -> Void
  ) async throws -> TerminationStatus {
    let log = try FileDescriptor.open(
      FilePath(home + "/up.log"),
      .writeOnly,
      options: [.create, .append],
      permissions: [.ownerReadWrite]
    )
    defer { try? log.close() }
    var program = Program()
    program.environment["QUERN_HOME"] = home
    let outcome = try await Subprocess.run(
      .path(FilePath(Program.buildDirectory + "/quern")),
      arguments: Arguments(["up"] + arguments),
      environment: .custom(
        Dictionary(uniqueKeysWithValues: program.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
      ),
      input: .none,
      output: .fileDescriptor(log, closeAfterSpawningProcess: false),
      error: .fileDescriptor(log, closeAfterSpawningProcess: false)
    ) { process in
      let live = LiveQuern(home: home, processID: process.processIdentifier.value)
      let result: Result<Void, any Error>
      do {
        try await live.waitUntilUp()
        try await $current.withValue(live) { try await body(live) }
        result = .success(())
      } catch {
        result = .failure(error)
      }
      kill(live.processID, SIGTERM)
      try result.get()
    }
    return outcome.terminationStatus
  }

  private func waitUntilUp() async throws {
    for _ in 0..<600 {
      if log.contains("is up in") { return }
      if kill(processID, 0) != 0 { break }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("quern up did not start:\n\(log)")
    throw CancellationError()
  }

  var log: String { (try? String(contentsOfFile: home + "/up.log", encoding: .utf8)) ?? "" }

  /// Looks until `condition` holds, for at most half a minute.
  static func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<600 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("waited in vain: \(what)")
  }
}

/// Runs the tests of a suite against one embedded Quern.
struct LiveTrait: SuiteTrait, TestScoping {
  @concurrent
  func provideScope(
    for test: Test,
    testCase: Test.Case?,
    performing function: @Sendable @concurrent () async throws -> Void
  ) async throws {
    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    let status = try await LiveQuern.run(home: home) { _ in
      let imported = try await LiveQuern.quern("model", "import", Program.stories, "--name", "stories")
      #expect(imported.exitCode == 0, "\(imported)")
      try await function()
    }
    #expect(status == .exited(0))
    #expect(!FileManager.default.fileExists(atPath: home + "/postgres/postmaster.pid"), "PostgreSQL was left behind")
  }
}

extension Trait where Self == LiveTrait {
  static var live: Self { LiveTrait() }
}
