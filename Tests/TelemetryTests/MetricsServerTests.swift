import Foundation
import Privacy
import ServiceLifecycle
import Subprocess
import Synchronization
import Telemetry
import Testing

struct MetricsServerTests {
  private let registry = MetricsRegistry()

  /// Runs a server and asks it with curl.
  private func withServer(
    _ address: String,
    health: MetricsServer.Health = .healthy,
    _ body: (String) async throws -> Void
  ) async throws {
    let bound = Mutex<String?>(nil)
    let server = MetricsServer(
      address: try #require(MetricsAddress(address)),
      registry: registry,
      health: { health },
      onListening: { address in bound.withLock { $0 = address } }
    )
    try await withThrowingTaskGroup { group in
      group.addTask { try await server.run() }
      try await waitUntil { bound.withLock { $0 != nil } }
      try await body(try #require(bound.withLock { $0 }))
      group.cancelAll()
    }
  }

  private func curl(_ arguments: [String]) async throws -> String {
    let result = try await run(
      .name("curl"),
      arguments: .init(["-sS", "-i", "--max-time", "5"] + arguments),
      output: .string(limit: 1 << 20),
      error: .string(limit: 65_536)
    )
    return result.standardOutput + result.standardError
  }

  @Test func `metrics and health are served over TCP`() async throws {
    registry.gauge("quern_a", help: "A.").set(1)
    try await withServer("127.0.0.1:0") { address in
      let metrics = try await curl(["http://\(address)/metrics"])
      #expect(metrics.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
      #expect(metrics.hasSuffix("\r\n\r\n# HELP quern_a A.\n# TYPE quern_a gauge\nquern_a 1\n"))
      #expect(try await curl(["http://\(address)/healthz"]).hasSuffix("\r\n\r\nok\n"))
      #expect(try await curl(["http://\(address)/else"]).hasPrefix("HTTP/1.1 404"))
      #expect(try await curl(["-X", "POST", "http://\(address)/metrics"]).hasPrefix("HTTP/1.1 405"))
      #expect(try await curl(["-I", "http://\(address)/metrics"]).hasSuffix("\r\n\r\n"))
    }
  }

  @Test func `an unhealthy process says why`() async throws {
    try await withServer("127.0.0.1:0", health: .unhealthy(reason: Identifier("database"))) { address in
      let answer = try await curl(["http://\(address)/healthz"])
      #expect(answer.hasPrefix("HTTP/1.1 503") && answer.hasSuffix("database\n"))
    }
  }

  @Test func `a UNIX socket replaces a dead one, is for owner and group, and goes with the server`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("metrics.sock")
    let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    close(dead)
    registry.gauge("quern_a", help: "A.").set(1)
    try await withServer("unix:\(path)") { _ in
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o660)
      #expect(try await curl(["--unix-socket", path, "http://localhost/metrics"]).hasSuffix("quern_a 1\n"))
      let second = MetricsServer(address: .unix(path: path), registry: registry)
      await #expect(throws: JournalError.held(path: path)) { try await second.run() }
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(arguments: ["", "host", "127.0.0.1", "127.0.0.1:x", "unix:", "example.org:80", "127.0.0.1:70000"])
  func `other texts are no addresses`(text: String) { #expect(MetricsAddress(text) == nil) }
}
