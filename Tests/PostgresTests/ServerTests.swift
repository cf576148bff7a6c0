import Foundation
import Logging
import Postgres
import PostgresTestSupport
import ServiceLifecycle
import Testing

@Suite struct `The embedded server` {
  private func withHome(_ name: String = "home", _ body: (String) async throws -> Void) async throws {
    let directory = "/tmp/quern-home-\(UInt32.random(in: 0...UInt32.max))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await body("\(directory)/\(name)")
  }

  private func server(_ home: String) throws -> PostgresServer {
    try PostgresServer(directory: home, settings: ["fsync": "off"], logger: .silent)
  }

  private func setting(_ name: String, _ server: PostgresServer) async throws -> String {
    let connection = try await PostgresConnection.connect(server.configuration, logger: .silent)
    let value = try await connection.query("SELECT current_setting(\(name))").onlyRow.decode(0, as: String.self)
    await connection.close()
    return value
  }

  @Test(arguments: [
    ("listen_addresses", ""), ("log_min_error_statement", "panic"), ("log_error_verbosity", "terse"),
    ("log_parameter_max_length_on_error", "0"), ("log_parameter_max_length", "0"), ("server_encoding", "UTF8"),
    ("lc_collate", "C.UTF-8"), ("data_checksums", "on"), ("unix_socket_permissions", "0700"), ("log_statement", "none"),
  ])
  func `runs with the settings that privacy needs`(_ name: String, _ value: String) async throws {
    #expect(try await setting(name, TemporaryCluster.shared.server()) == value)
  }

  @Test func `keeps its data over a stop, and recovers from a kill`() async throws {
    try await withHome { home in
      let server = try server(home)
      try await server.start()
      let connection = try await PostgresConnection.connect(server.configuration, logger: .silent)
      try await connection.execute(script: "CREATE TABLE number AS SELECT 1 AS n")
      await server.stop()
      #expect(server.processID == nil)
      try await server.start()
      kill(try #require(server.processID), SIGKILL)
      await server.stop()
      try await server.start()
      let again = try await PostgresConnection.connect(server.configuration, logger: .silent)
      #expect(try await again.query("SELECT n FROM number").onlyRow.decode(0) == 1)
      await server.stop()
    }
  }

  @Test func `is held by one process at a time, and says by which`() async throws {
    try await withHome { home in
      let first = try server(home)
      try await first.start()
      let second = try server(home)
      await #expect(throws: PostgresError.embeddedServer(.heldBy(pid: getpid()))) { try await second.start() }
      // A stop by one that does not hold it must not end it.
      await second.stop()
      #expect(first.processID != nil)
      await first.stop()
      try await second.start()
      await second.stop()
    }
  }

  @Test func `takes over from a holder that was killed`() async throws {
    try await withHome { home in
      var lost: PostgresServer? = try server(home)
      try await lost?.start()
      let process = try #require(lost?.processID)
      // Gives up the lock without stopping the server, as a kill does.
      lost = nil
      let next = try server(home)
      try await next.start()
      #expect(next.processID != nil && next.processID != process)
      await next.stop()
    }
  }

  @Test func `is not misled by lock files whose number is a stranger's`() async throws {
    try await withHome { home in
      let server = try server(home)
      try await server.start()
      await server.stop()
      for lock in ["postgres/postmaster.pid", "run/postgres/.s.PGSQL.5432.lock"] {
        try Data("\(getppid())\n\(home)/postgres\n".utf8).write(to: URL(filePath: "\(home)/\(lock)"))
      }
      try await server.start()
      await server.stop()
    }
  }

  @Test func `takes a home of any name and length`() async throws {
    try await withHome(#"a b'c"$d"# + String(repeating: "x", count: 100)) { home in
      let server = try server(home)
      try await server.start()
      #expect(try await setting("listen_addresses", server) == "")
      await server.stop()
    }
  }

  @Test func `starts anew after an interrupted creation`() async throws {
    try await withHome { home in
      try FileManager.default.createDirectory(atPath: "\(home)/postgres.new/base", withIntermediateDirectories: true)
      let server = try server(home)
      try await server.start()
      await server.stop()
    }
  }

  @Test func `is started again when it dies, and stopped with the service`() async throws {
    try await withHome { home in
      let server = try server(home)
      try await server.start()
      let process = try #require(server.processID)
      let group = ServiceGroup(configuration: .init(services: [server], logger: .silent))
      try await withThrowingTaskGroup { tasks in
        tasks.addTask { try await group.run() }
        kill(process, SIGKILL)
        try await withClient(server.configuration) { client in
          // Recovery syncs every file of the cluster first, which a busy disk makes long.
          _ = try await client.query("SELECT 1", deadline: .seconds(120))
        }
        #expect(server.processID != process)
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
      }
      #expect(server.processID == nil)
    }
  }

  @Test func `keeps statements and values out of its log`() async throws {
    try await withHome { home in
      let server = try server(home)
      try await server.start()
      let connection = try await PostgresConnection.connect(server.configuration, logger: .silent)
      await #expect(throws: PostgresError.self) {
        try await connection.query("SELECT \("sesame")::text, 1 / (length(\("sesame")) - 6) AS sesame")
      }
      await server.stop()
      let logs = try FileManager.default.contentsOfDirectory(atPath: "\(home)/postgres/log")
      let text = try logs.map { try String(contentsOfFile: "\(home)/postgres/log/\($0)", encoding: .utf8) }.joined()
      #expect(text.contains("division by zero") && !text.contains("sesame"))
    }
  }
}
