import ContainerTestSupport
import Foundation
import Testing

/// What the container itself promises, and what journald does with entries. Serialized: each boots a system.
@Suite(
  .enabled(if: ContainerRequirements.missing == nil, Comment(rawValue: ContainerRequirements.comment)),
  .serialized
)
struct ContainerTests {
  @Test func `a container runs systemd, journald and PostgreSQL without Swift, and leaves nothing behind`() async throws
  {
    let container = try await SystemdContainer.boot()
    #expect(try await container.shell("find / -xdev -name 'libswift*.so' 2>/dev/null | head -3").standardOutput == "")
    #expect(try await container.run("systemctl", "--failed", "--no-legend", "--plain").standardOutput == "")
    try await container.startPostgres()
    let answer = try await container.run(as: "postgres", "psql", "-Atc", "SELECT 6 * 7")
    #expect(answer.standardOutput == "42\n")
    #expect(try await container.shell("echo out; echo err >&2; exit 3").status == 3)
    #expect(
      try await container.shell("logger hello; sleep 0.3; journalctl -n 50 -o cat").standardOutput.contains("hello")
    )
    let directory = container.directory
    try await container.stop()
    #expect(!FileManager.default.fileExists(atPath: directory))
    #expect(!(try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).contains(directory)))
  }

  /// Runs this test program inside, with the Swift libraries lent to it.
  @Test func `the journal keeps entries whole, reads them back and explains them`() async throws {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let bindings: [SystemdContainer.Binding] = [
      .init(program, at: "/run/quern-tests"), .init(SwiftToolchain.libraries, at: "/run/swift"),
      .init(Repository.root + "/systemd", at: "/run/quern-units"),
    ]
    try await SystemdContainer.withContainer(binding: bindings) { container in
      let live = try await container.shell(
        """
        cp /run/quern-units/quern.catalog /usr/lib/systemd/catalog/
        journalctl --update-catalog
        LD_LIBRARY_PATH=/run/swift QUERN_LIVE_JOURNAL=1 /run/quern-tests --testing-library swift-testing \
          --filter LiveJournalTests
        """
      )
      #expect(live.succeeded && live.standardError.contains("3 tests in 1 suite passed"), "\(live)")
      let explained = try await container.run("journalctl", "-x", "QUERN_EVENT_ID=9000000000000000001", "--no-pager")
      #expect(explained.standardOutput.contains("Subject: Job 7 failed: internal_error"), "\(explained)")
      #expect(explained.standardOutput.contains("quern retry 7"))
    }
  }
}

enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path(percentEncoded: false)
}
