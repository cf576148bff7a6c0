import ContainerTestSupport
import Foundation
import Testing

/// The shipped executables and units under a real systemd, without Swift on the machine. Serialized: the tests share
/// one system, and the last looks back on all.
@Suite(
  .enabled(if: ContainerRequirements.missing == nil, Comment(rawValue: ContainerRequirements.comment)),
  .serialized,
  .installedQuern
)
struct InstalledTests {
  private var quern: InstalledQuern { InstalledQuernTrait.quern }
  private let worker = InstalledQuern.worker
  private let monitor = InstalledQuern.monitor
  private let workerMetrics = "curl -sf --unix-socket /run/quern-worker-default/metrics.sock http://worker/metrics"

  @Test func `the executables need no Swift, the units are valid and exposed at most 1.5`() async throws {
    #expect(try await quern.shell("find / -xdev -name 'libswift*.so' 2>/dev/null | head -3") == "")
    #expect(try await quern.shell("ldd /usr/bin/quern* | grep -Ei 'swift|not found' || true") == "")
    #expect(try await quern.shell("systemctl --failed --no-legend --plain") == "")
    #expect(
      try await quern.shell("systemd-analyze verify \(worker) \(monitor) quern.target quern.slice 2>&1") == ""
    )
    for unit in [worker, monitor] {
      let security = try await quern.system.run("systemd-analyze", "security", "--no-pager", "--threshold=15", unit)
      #expect(security.succeeded, "\(security.standardOutput)")
    }
    #expect(try await quern.shell("getent passwd quern").hasPrefix("quern:x:"))
    #expect(try await quern.shell("stat -c '%a %U %G' /etc/quern") == "750 root quern")
  }

  @Test func `jobs submitted in SQL run, and systemctl status tells of them`() async throws {
    let live = /Status: "working: \d+ jobs running, [1-9]\d* tokens\/s"/
    try await quern.eventually("the status line shows the work") {
      // Enough for the next status, however seldom a busy machine lets us look.
      if try await quern.count("queued") < 200 { try await quern.submitStories(300) }
      return try await quern.shell("systemctl status --no-pager \(worker)").contains(live)
    }
    try await quern.finishAll()
    #expect(try await quern.sql("SELECT DISTINCT state FROM quern.jobs") == "succeeded")
    #expect(try await quern.sql("SELECT bool_and(quern.text(id) <> '') FROM quern.jobs") == "t")
    try await quern.eventually("the status line shows the rest") {
      try await quern.property("StatusText", of: worker) == "idle"
    }
    #expect(try await quern.property("StatusText", of: monitor) == "watching the queue")
  }

  @Test func `journalctl tells a job's story in order, explained, and without personal data`() async throws {
    let planted = ["li.lei@corp.example", "11010519491231002X"]
    let job = try await quern.sql(
      "SELECT quern.generate('stories', 'Write to \(planted[0]) about \(planted[1]).', '{\"max_tokens\": 8}')"
    )
    try await quern.finishAll()
    try await quern.eventually("the story is complete") {
      try await quern.shell("journalctl -o cat --output-fields=QUERN_EVENT QUERN_JOB_ID=\(job)")
        == "submitted\nclaimed\nsucceeded"
    }
    let story = try await quern.shell("journalctl -x --no-pager QUERN_JOB_ID=\(job)")
    #expect(story.contains("Subject: Job \(job) was submitted") && story.contains("SELECT quern.result(\(job));"))
    let input = try await quern.shell("journalctl -o cat --output-fields=QUERN_INPUT QUERN_JOB_ID=\(job)")
    #expect(input.contains("Write to <EMAIL> about <CN_ID>."), "\(input)")
    #expect(try await quern.shell("quern logs \(job)").contains("<EMAIL>"))
    for datum in planted {
      #expect(try await quern.shell("journalctl -o export --no-pager | grep -ac '\(datum)' || true") == "0")
      let files = "/var/log/postgresql /run/quern-* /var/cache/quern"
      #expect(try await quern.shell("grep -rlF '\(datum)' \(files) || true") == "")
    }
  }

  @Test func `metrics answer on the loopback, and promtool has nothing to say`() async throws {
    let series = try await quern.shell("curl -sf http://127.0.0.1:9187/metrics | tee /tmp/metrics")
    #expect(series.contains(#"quern_jobs_finished_total{queue="default",kind="generate",outcome="succeeded""#))
    #expect(try await quern.shell("promtool check metrics < /tmp/metrics 2>&1") == "")
    #expect(try await quern.shell("\(workerMetrics) | promtool check metrics 2>&1") == "")
  }

  @Test func `stopping drains: short jobs finish, long ones go back, the exit code is 0`() async throws {
    let short = try await quern.sql("SELECT quern.submit('sleep', '{\"seconds\": 1.5}')")
    let long = try await quern.sql("SELECT quern.submit('sleep', '{\"seconds\": 600}')")
    try await quern.eventually("both run") { try await quern.count("running") == 2 }
    let stop = ContinuousClock.now
    async let stopped = quern.shell("systemctl stop \(worker)")
    try await quern.eventually("the status line tells of the drain") {
      try await quern.property("StatusText", of: worker).hasPrefix("draining: ")
    }
    _ = try await stopped
    // TimeoutStopSec=3 would have ended it: the drain asks for more.
    #expect(ContinuousClock.now - stop > .seconds(4))
    #expect(try await quern.property("Result", of: worker) == "success")
    #expect(try await quern.property("ExecMainStatus", of: worker) == "0")
    #expect(try await quern.sql("SELECT state FROM quern.jobs WHERE id = \(short)") == "succeeded")
    #expect(try await quern.sql("SELECT state, failures FROM quern.jobs WHERE id = \(long)") == "queued|0")
    try await quern.sql("SELECT quern.cancel(\(long))")
    try await quern.shell("systemctl start \(worker)")
  }

  @Test func `a killed worker is started again, and its jobs complete`() async throws {
    let process = try await quern.property("MainPID", of: worker)
    try await quern.submitStories(200)
    try await quern.eventually("jobs run") { try await quern.count("running") > 0 }
    try await quern.shell("systemctl kill --signal=KILL \(worker)")
    try await quern.finishAll()
    #expect(try await quern.sql("SELECT DISTINCT state FROM quern.jobs WHERE kind = 'generate'") == "succeeded")
    #expect(try await quern.sql("SELECT max(attempt) > 1 FROM quern.jobs WHERE kind = 'generate'") == "t")
    #expect(try await quern.property("NRestarts", of: worker) != "0")
    #expect(try await quern.property("MainPID", of: worker) != process)
  }

  @Test func `the watchdog leaves a working service alone and restarts one that hangs`() async throws {
    let dropIn = "/etc/systemd/system/\(worker).d"
    try await quern.shell(
      """
      mkdir -p \(dropIn)
      printf '[Service]\\nWatchdogSec=2\\n' > \(dropIn)/watchdog.conf
      systemctl daemon-reload
      systemctl restart \(worker)
      """
    )
    #expect(try await quern.property("WatchdogUSec", of: worker) == "2s")
    try await quern.eventually("it has pinged three times") {
      // No ping, no series, while the socket comes up.
      let line = try await quern.shell("\(workerMetrics) | grep ^quern_watchdog_pings_total || true")
      return line.split(separator: " ").last.flatMap { Double($0) } ?? 0 >= 3
    }
    #expect(try await quern.property("NRestarts", of: worker) == "0")
    let process = try await quern.property("MainPID", of: worker)
    try await quern.shell("kill -STOP \(process)")
    try await quern.eventually("it runs again") {
      let now = try await quern.property("MainPID", of: worker)
      let isActive = try await quern.property("ActiveState", of: worker) == "active"
      return isActive && now != process
    }
    #expect(try await quern.shell("journalctl -u \(worker) | grep -c 'Watchdog timeout'") == "1")
    try await quern.shell("rm -r \(dropIn); systemctl daemon-reload; systemctl restart \(worker)")
  }

  @Test(arguments: ["--threads zero", "--queue ../x", "--cache /etc/quern-cache", "--database postgresql://u:p@h/d"])
  func `a wrong configuration ends with 2, a line that says why, and no second try`(options: String) async throws {
    let unit = "quern-worker@wrong.service"
    try await quern.shell("echo 'QUERN_WORKER_OPTIONS=\(options)' > /etc/quern/worker-wrong.env")
    let start = try await quern.system.run("systemctl", "start", unit)
    #expect(!start.succeeded)
    // RestartSec=100ms is over.
    try await Task.sleep(for: .milliseconds(500))
    #expect(try await quern.property("ActiveState", of: unit) == "failed")
    #expect(try await quern.property("ExecMainStatus", of: unit) == "2")
    #expect(try await quern.property("NRestarts", of: unit) == "0")
    let option = options.prefix { $0 != " " }.dropFirst(2)
    let words = try await quern.shell(
      "journalctl --sync; journalctl -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID \(unit)) | grep '^quern-worker: '"
    )
    #expect(words.contains(option) && !words.contains("\n"), "\(words)")
    try await quern.shell("systemctl reset-failed \(unit)")
  }

  @Test func `both services wait for a database that is away, and go on when it is back`() async throws {
    let restarts = try await quern.shell("systemctl show -P NRestarts \(worker) \(monitor)")
    let database = try await quern.shell("systemctl list-units --plain --no-legend 'postgresql@*' | cut -d' ' -f1")
    try await quern.shell("systemctl stop \(database)")
    try await quern.eventually("the status lines say so") {
      let lines = try await quern.shell("systemctl show -P StatusText \(worker) \(monitor)")
      return lines.split(separator: "\n") == ["waiting for the database", "waiting for the database"]
    }
    let complaint = /could not (register|renew the lease): .*connection/
    try await quern.eventually("the journal says why") {
      try await quern.shell("journalctl -o cat -u \(worker)").contains(complaint)
    }
    try await quern.shell("systemctl start \(database)")
    try await quern.submitStories(3)
    try await quern.finishAll()
    #expect(try await quern.shell("systemctl show -P NRestarts \(worker) \(monitor)") == restarts)
  }

  @Test func `whatever kills the monitor, each event is in the journal once`() async throws {
    for _ in 1...4 {
      try await quern.sql("SELECT count(quern.submit('sleep', '{\"seconds\": 0}')) FROM generate_series(1, 200)")
      try await quern.shell("systemctl kill --signal=KILL \(monitor)")
      try await Task.sleep(for: .milliseconds(300))
    }
    try await quern.finishAll()
    let last = try await quern.sql("SELECT max(id) FROM quern.event")
    try await quern.eventually("the last event is in the journal") {
      try await quern.shell("journalctl -o cat QUERN_EVENT_ID=\(last) | wc -l") == "1"
    }
    #expect(Int(try await quern.property("NRestarts", of: monitor)) ?? 0 >= 4)
    try await quern.shell("journalctl --sync")
    let journalled = try await quern.shell(
      "journalctl -o cat --output-fields=QUERN_EVENT_ID -t quern-monitor | grep -x '[0-9]*' | sort -n"
    )
    #expect(journalled == (try await quern.sql("SELECT id FROM quern.event ORDER BY id")))
  }
}
