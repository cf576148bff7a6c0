import Glibc
import Logging
import Privacy
import ServiceLifecycle
import Telemetry
import Testing

struct ProgressJudgeTests {
  @Test func `a busy source must advance between looks, an idle one need not`() {
    let engine = ProgressSource(name: "engine")
    let database = ProgressSource(name: "database")
    var judge = ProgressJudge([engine, database])
    #expect(judge.stalled() == [])
    database.beginWork()
    engine.beginWork()
    #expect(judge.stalled() == [])
    database.advance()
    #expect(judge.stalled() == ["engine"])
    #expect(judge.stalled() == ["engine", "database"])
    engine.endWork()
    database.advance()
    #expect(judge.stalled() == [])
    #expect(judge.stalled() == ["database"])
  }
}

/// systemd's side of `NOTIFY_SOCKET`.
private final class NotifySocket {
  private let descriptor: Int32
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = directory.file("notify")
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(result == 0)
    setenv("NOTIFY_SOCKET", path, 1)
  }

  deinit {
    unsetenv("NOTIFY_SOCKET")
    close(descriptor)
  }

  /// The messages so far.
  func receive() -> [String] {
    var messages: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return messages }
      messages.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
  }
}

/// The environment of the process is shared.
@Suite(.serialized)
struct NotifierTests {
  @Test func `states are told to systemd, a status on one line`() throws {
    let socket = try NotifySocket()
    let notifier = ServiceNotifier()
    notifier.ready(status: "2 jobs")
    notifier.status(Redactor().redact("job 4\nby li@corp.io"))
    notifier.extendTimeout(.seconds(30))
    notifier.stopping(status: "draining")
    #expect(
      socket.receive() == [
        "READY=1\nSTATUS=2 jobs", "STATUS=job 4 by <EMAIL>", "EXTEND_TIMEOUT_USEC=30000000",
        "STOPPING=1\nSTATUS=draining",
      ]
    )
  }

  @Test func `the timeout is half of nothing without a watchdog`() {
    #expect(ServiceNotifier().watchdogTimeout == nil)
    setenv("WATCHDOG_USEC", "30000000", 1)
    defer { unsetenv("WATCHDOG_USEC") }
    #expect(ServiceNotifier().watchdogTimeout == .seconds(30))
  }

  @Test func `pings stop while a busy source stands still`() async throws {
    let socket = try NotifySocket()
    let registry = MetricsRegistry()
    let engine = ProgressSource(name: "engine")
    let watchdog = Watchdog(
      sources: [engine],
      registry: registry,
      interval: .milliseconds(20),
      clock: ContinuousClock()
    )
    try await withThrowingTaskGroup { group in
      group.addTask { try await watchdog.run() }
      try await waitUntil { registry.exposition().contains("quern_watchdog_pings_total 3") }
      engine.beginWork()
      try await Task.sleep(for: .milliseconds(60))
      let stalled = registry.exposition()
      try await Task.sleep(for: .milliseconds(100))
      #expect(registry.exposition() == stalled)
      engine.advance()
      try await waitUntil { registry.exposition() != stalled }
      group.cancelAll()
    }
    #expect(Set(socket.receive()) == ["WATCHDOG=1"])
  }
}

/// Looks every 5 ms until the condition holds, at most 5 s.
func waitUntil(_ condition: () throws -> Bool) async throws {
  let end = ContinuousClock.now + .seconds(5)
  while try !condition() {
    try #require(ContinuousClock.now < end, "the condition did not come true")
    try await Task.sleep(for: .milliseconds(5))
  }
}
