import ContainerTestSupport
import Foundation
import Testing

/// What the container itself promises, and the units in it.
@Suite(
  .enabled(if: ContainerRequirements.missing == nil, Comment(rawValue: ContainerRequirements.comment)),
  .serialized
)
struct ContainerTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  @Test func `a container runs systemd, journald and PostgreSQL without Swift, and leaves nothing behind`() async throws
  {
    let clock = ContinuousClock()
    let start = clock.now
    let container = try await SystemdContainer.boot()
    #expect(clock.now - start < .seconds(60))
    #expect(try await container.shell("find / -xdev -name 'libswift*.so' 2>/dev/null | head -3").standardOutput == "")
    #expect(try await container.run("systemctl", "--failed", "--no-legend", "--plain").standardOutput == "")
    try await container.startPostgres()
    let answer = try await container.run(as: "postgres", "psql", "-Atc", "SELECT 6 * 7")
    #expect(answer.standardOutput == "42\n")
    #expect(try await container.shell("echo out; echo err >&2; exit 3").status == 3)
    #expect(
      try await container.shell("logger hello; sleep 0.3; journalctl -n 50 -o cat").standardOutput.contains("hello")
    )
    try await container.stop()
    let left = try FileManager.default.contentsOfDirectory(atPath: NSTemporaryDirectory()).filter {
      $0.hasPrefix("quern-container-")
    }
    #expect(left.isEmpty)
    let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
    #expect(!mounts.contains("quern-container-"))
  }

  @Test func `the units are valid and their exposure is at most 1.5`() async throws {
    try await SystemdContainer.withContainer(binding: [.init(Self.root + "/systemd", at: "/run/quern-units")]) {
      container in
      try await Self.install(into: container)
      let verified = try await container.shell(
        "systemd-analyze verify quern-worker@default.service quern-monitor.service quern.target quern.slice 2>&1"
      )
      #expect(verified.succeeded && verified.standardOutput == "", "\(verified)")
      let security = try await container.shell(
        "systemd-analyze security --no-pager --threshold=15 quern-worker@default.service quern-monitor.service"
      )
      #expect(security.succeeded, "\(security.standardOutput)")
      let user = try await container.run("getent", "passwd", "quern")
      #expect(user.standardOutput.hasPrefix("quern:x:"))
      #expect(try await container.run("stat", "-c", "%a %U %G", "/etc/quern").standardOutput == "750 root quern\n")
    }
  }

  /// A stand-in for the executables: what the sandbox lets a service do.
  @Test func `a service in the sandbox reaches PostgreSQL by peer, reads its credential, and is watched`() async throws
  {
    try await SystemdContainer.withContainer(binding: [.init(Self.root + "/systemd", at: "/run/quern-units")]) {
      container in
      try await Self.install(into: container)
      try await container.startPostgres()
      let probe = #"""
        #!/bin/bash
        systemd-notify --ready --status="probe"
        echo "credential: $(cat "$CREDENTIALS_DIRECTORY/db-url")"
        echo "peer: $(psql "$(cat "$CREDENTIALS_DIRECTORY/db-url")" -Atc 'SELECT current_user' 2>&1)"
        echo "cache: $(touch /var/cache/quern/x && echo writable) home: $(ls /home 2>&1 | head -1) core: $(ulimit -c)"
        echo "write: $(touch /etc/x 2>&1)"
        echo "runtime: $RUNTIME_DIRECTORY"
        trap 'echo drained; exit 0' TERM
        while true; do sleep 0.1; done
        """#
      let script = """
        cat > /usr/bin/quern-worker <<'PROBE'
        \(probe)
        PROBE
        chmod +x /usr/bin/quern-worker
        # The probe speaks through a child process.
        mkdir -p /etc/systemd/system/quern-worker@.service.d
        printf '[Service]\\nNotifyAccess=all\\n' > /etc/systemd/system/quern-worker@.service.d/probe.conf
        systemctl daemon-reload
        runuser -u postgres -- createuser quern
        runuser -u postgres -- createdb -O quern quern
        systemctl start quern-worker@default.service
        sleep 1
        systemctl show -P StatusText -P ActiveState -P WatchdogUSec quern-worker@default.service
        systemctl stop quern-worker@default.service
        printf 'host=/run/postgresql dbname=quern user=quern application_name=own' > /etc/quern/db-url
        systemctl start quern-worker@default.service
        sleep 1
        systemctl stop quern-worker@default.service
        journalctl --sync
        journalctl -u quern-worker@default.service -o cat
        """
      let outcome = try await container.shell(script)
      #expect(outcome.succeeded)
      #expect(outcome.standardOutput.contains("peer: quern"))
      #expect(outcome.standardOutput.contains("credential: host=/run/postgresql dbname=quern user=quern\n"))
      #expect(outcome.standardOutput.contains("application_name=own"))
      #expect(outcome.standardOutput.contains("cache: writable"))
      #expect(outcome.standardOutput.contains("core: 0"))
      #expect(outcome.standardOutput.contains("Read-only file system"))
      #expect(outcome.standardOutput.contains("drained"))
    }
  }

  @Test func `the journal keeps entries whole, reads them back and explains them`() async throws {
    let runtime = try TestRuntime()
    let bindings = runtime.bindings + [.init(Self.root + "/systemd", at: "/run/quern-units")]
    try await SystemdContainer.withContainer(binding: bindings) { container in
      try await Self.install(into: container)
      let live = try await container.shell("QUERN_LIVE_JOURNAL=1 \(runtime.command) --filter LiveJournalTests")
      #expect(live.succeeded && live.standardError.contains("3 tests in 1 suite passed"), "\(live)")
      let explained = try await container.run("journalctl", "-x", "QUERN_EVENT_ID=9000000000000000001", "--no-pager")
      #expect(explained.standardOutput.contains("Subject: Job 7 failed: internal_error"), "\(explained)")
      #expect(explained.standardOutput.contains("quern retry 7"))
    }
  }

  private static func install(into container: SystemdContainer) async throws {
    let script = """
      cd /run/quern-units
      for unit in *.in; do sed 's,@BINDIR@,/usr/bin,' "$unit" > "/etc/systemd/system/${unit%.in}"; done
      cp quern.target quern.slice /etc/systemd/system/
      cp quern.sysusers /usr/lib/sysusers.d/quern.conf
      cp quern.tmpfiles /usr/lib/tmpfiles.d/quern.conf
      cp quern.catalog /usr/lib/systemd/catalog/
      for name in quern-worker quern-monitor; do printf '#!/bin/sh\\n' > /usr/bin/$name; chmod +x /usr/bin/$name; done
      systemd-sysusers quern.conf
      systemd-tmpfiles --create quern.conf
      journalctl --update-catalog
      systemctl daemon-reload
      """
    let outcome = try await container.shell(script)
    #expect(outcome.succeeded, "\(outcome)")
  }
}
