import Foundation
import Subprocess

/// A full system in a container: systemd as process 1, journald, D-Bus, PostgreSQL, on a throw-away copy of this
/// machine's root file system; without network but loopback, and without the Swift toolchain.
///
/// systemd-nspawn boots it on an overlay over `/` whose upper layer is in memory, so nothing stays behind: not after
/// `stop`, and not after the death of the test process, which a watcher in the launcher notices.
package struct SystemdContainer: Sendable {
  /// A file or folder of this machine that the container sees.
  package struct Binding: Sendable {
    package let source: String
    package let destination: String

    /// - Parameter destination: where the container sees it, read only; the same path for nil.
    package init(_ source: String, at destination: String? = nil) {
      self.source = source
      self.destination = destination ?? source
    }
  }

  /// How a command ended.
  package struct Outcome: Sendable {
    /// The exit status; 128 and the signal when one ended it.
    package let status: Int32
    package let standardOutput: String
    package let standardError: String
    package var succeeded: Bool { status == 0 }
  }

  private static let outputLimit = 16 << 20
  /// On this machine: overlay, upper layer and log; gone after `stop`.
  package let directory: String
  /// Process 1 of the container as this machine numbers it.
  private let leader: Int32

  /// Boots and waits until the system runs.
  ///
  /// - Parameter binding: what of this machine it needs, the build products for example.
  /// - Throws: `SystemdContainerError`, with the end of the console where the boot failed.
  package static func boot(binding: [Binding] = [], deadline: Duration = .seconds(90)) async throws -> SystemdContainer
  {
    if let reason = ContainerRequirements.missing { throw SystemdContainerError.unavailable(reason) }
    let directory = NSTemporaryDirectory() + "/quern-container-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    do {
      return try await launch(in: directory, binding: binding, deadline: deadline)
    } catch {
      // The console only adds to the error.
      let console = (try? String(contentsOfFile: directory + "/console.log", encoding: .utf8)) ?? ""
      try await ContainerLauncher.end(directory)
      throw SystemdContainerError.boot(underlying: "\(error)", console: String(console.suffix(2000)))
    }
  }

  /// Boots, runs `body`, stops.
  package static func withContainer<Result>(
    binding: [Binding] = [],
    _ body: (SystemdContainer) async throws -> Result
  ) async throws -> Result {
    let container = try await boot(binding: binding)
    do {
      let result = try await body(container)
      try await container.stop()
      return result
    } catch {
      try await container.stop()
      throw error
    }
  }

  private static func launch(in directory: String, binding: [Binding], deadline: Duration) async throws
    -> SystemdContainer
  {
    try await ContainerLauncher.start(directory, binding: binding)
    let end = ContinuousClock.now + deadline
    let leader = try await waitForLeader(in: directory, until: end)
    let container = SystemdContainer(directory: directory, leader: leader)
    while ContinuousClock.now < end {
      // `--wait` is refused until D-Bus answers, hence the loop.
      let state = try await container.run("systemctl", "is-system-running", "--wait").standardOutput
      if state.hasPrefix("running") || state.hasPrefix("degraded") { return container }
      try await Task.sleep(for: .milliseconds(200))
    }
    throw SystemdContainerError.deadline
  }

  private static func waitForLeader(in directory: String, until end: ContinuousClock.Instant) async throws -> Int32 {
    while ContinuousClock.now < end {
      // Not there yet is the normal case.
      if let text = try? String(contentsOfFile: directory + "/leader", encoding: .utf8),
        let leader = Int32(text.dropLast())
      {
        return leader
      }
      if FileManager.default.fileExists(atPath: directory + "/ended") { throw SystemdContainerError.ended }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw SystemdContainerError.deadline
  }

  /// Runs a command as root inside, in `/` with a plain environment.
  package func run(_ command: String...) async throws -> Outcome {
    try await run(command)
  }

  /// Runs a shell script as root inside; it ends at the first command that fails.
  package func shell(_ script: String) async throws -> Outcome {
    try await run(["bash", "-euo", "pipefail", "-c", script])
  }

  /// As `run`, as another user of the container.
  package func run(as user: String, _ command: String...) async throws -> Outcome {
    try await run(["runuser", "-u", user, "--"] + command)
  }

  private func run(_ command: [String]) async throws -> Outcome {
    let environment = [
      "env", "-i", "--chdir=/", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
      "LANG=C.UTF-8",
    ]
    return try await ContainerLauncher.execute(
      "nsenter",
      ["--target", "\(leader)", "--all", "--"] + environment + command,
      outputLimit: Self.outputLimit
    )
  }

  /// A fresh PostgreSQL of the newest installed version, running with Debian's defaults: peer authentication over
  /// `/run/postgresql`, databases in memory.
  package func startPostgres() async throws {
    let script = """
      version=$(ls /usr/lib/postgresql | sort -V | tail -1)
      pg_dropcluster --stop "$version" main 2>/dev/null || true
      pg_createcluster "$version" main >/dev/null
      systemctl start "postgresql@$version-main"
      """
    let outcome = try await shell(script)
    guard outcome.succeeded else { throw SystemdContainerError.command("PostgreSQL", outcome.standardError) }
  }

  /// Powers off and removes everything.
  package func stop() async throws {
    _ = try await run("systemctl", "poweroff", "--no-block")
    try await ContainerLauncher.end(directory)
  }
}

package enum SystemdContainerError: Error, CustomStringConvertible {
  /// This machine cannot boot one, and why.
  case unavailable(String)
  case ended
  case deadline
  case boot(underlying: String, console: String)
  case command(String, String)

  package var description: String {
    switch self {
    case .unavailable(let reason): "no container here: \(reason)"
    case .ended: "systemd-nspawn ended"
    case .deadline: "the container did not come up in time"
    case .boot(let underlying, let console): "the container did not boot: \(underlying)\n\(console)"
    case .command(let what, let text): "\(what) failed in the container: \(text)"
    }
  }
}
