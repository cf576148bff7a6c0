import Foundation
import Glibc
import JSON
import Logging
import Postgres
import PostgresTestSupport
import Testing

@Suite struct `A connection` {
  @Test func `reports errors of the server with all their fields but no values`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TABLE person (email text CONSTRAINT one_email UNIQUE)")
      _ = try await connection.query("INSERT INTO person VALUES (\("jane@example.org"))")
      let error = try await #require(throws: PostgresError.self) {
        try await connection.query("INSERT INTO person VALUES (\("jane@example.org"))")
      }
      guard case .server(let report) = error else { throw error }
      #expect(report.sqlState == "23505" && report.constraint == "one_email" && report.table == "person")
      #expect(report.schema == "public" && report.severity == "ERROR")
      #expect(!error.isTransient)
      #expect(!"\(error)".contains("jane"))
    }
  }

  @Test func `says how many rows a command touched`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(
        script: "CREATE TABLE number (n int); INSERT INTO number SELECT generate_series(1, 5)"
      )
      #expect(try await connection.query("UPDATE number SET n = 0 WHERE n > 2").rowsAffected == 3)
      let none = try await connection.query("SELECT n FROM number WHERE n = 9")
      #expect(none.isEmpty && none.columnNames == ["n"])
    }
  }

  @Test func `stops a statement in the server at its deadline and goes on`() async throws {
    try await withDatabaseConnection { connection in
      let start = ContinuousClock.now
      await #expect(throws: PostgresError.deadlineExceeded(what: "a statement")) {
        try await connection.query("SELECT pg_sleep(60)", deadline: .milliseconds(50))
      }
      #expect(ContinuousClock.now - start < .seconds(30))
      try await connection.expectUsable()
    }
  }

  @Test func `stops a statement at once when its task is cancelled`() async throws {
    try await withDatabaseConfiguration { configuration in
      let connection = try await PostgresConnection.connect(configuration, logger: .silent)
      let observer = try await PostgresConnection.connect(configuration, logger: .silent)
      let process = try #require(await connection.processID)
      try await withThrowingTaskGroup { group in
        group.addTask { _ = try await connection.query("SELECT pg_sleep(60)") }
        try await observer.waitUntilActive(process)
        let start = ContinuousClock.now
        group.cancelAll()
        await #expect(throws: PostgresError.cancelled) { try await group.next() }
        #expect(ContinuousClock.now - start < .seconds(30))
      }
      try await connection.expectUsable()
    }
  }

  @Test func `does not start a statement for a cancelled task`() async throws {
    try await withDatabaseConnection { connection in
      await withThrowingTaskGroup(of: PostgresResult.self) { group in
        group.cancelAll()
        group.addTask { try await connection.query("SELECT 1") }
        await #expect(throws: PostgresError.cancelled) { _ = try await group.next() }
      }
    }
  }

  @Test func `tells the loss of its server from an error`() async throws {
    try await withDatabaseConfiguration { configuration in
      let victim = try await PostgresConnection.connect(configuration, logger: .silent)
      let killer = try await PostgresConnection.connect(configuration, logger: .silent)
      let process = try #require(await victim.processID)
      try await withThrowingTaskGroup { group in
        group.addTask { _ = try await victim.query("SELECT pg_sleep(60)") }
        try await killer.waitUntilActive(process)
        _ = try await killer.query("SELECT pg_terminate_backend(\(process))")
        let error = try await #require(throws: PostgresError.self) { try await group.next() }
        #expect(error.sqlState == "57P01" && error.isTransient)
      }
      await #expect(throws: PostgresError.closed) { try await victim.query("SELECT 1") }
    }
  }

  @Test func `cannot be made to a place where nobody listens`() async throws {
    let nowhere = try PostgresConfiguration(url: "host=/nonexistent dbname=x")
    let error = try await #require(throws: PostgresError.self) {
      try await PostgresConnection.connect(nowhere, logger: .silent)
    }
    guard case .connection = error else { throw error }
    #expect(error.isTransient)
  }

  @Test func `gives up a server that does not even answer the cancellation`() async throws {
    try await withDatabaseConnection { connection in
      let process = try #require(await connection.processID)
      kill(process, SIGSTOP)
      defer { kill(process, SIGCONT) }
      let start = ContinuousClock.now
      await #expect(throws: PostgresError.deadlineExceeded(what: "a statement")) {
        try await connection.query("SELECT 1", deadline: .milliseconds(50))
      }
      #expect(ContinuousClock.now - start < .seconds(30))
      await #expect(throws: PostgresError.closed) { try await connection.query("SELECT 1") }
    }
  }

  @Test func `gives up a place that accepts and says nothing`() async throws {
    let directory = "/tmp/quern-silent-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let listener = try listen(at: "\(directory)/.s.PGSQL.5432")
    defer { close(listener) }
    let silent = PostgresConfiguration(socketDirectory: directory, database: "x", user: "y")
    await #expect(throws: PostgresError.deadlineExceeded(what: "connecting")) {
      try await PostgresConnection.connect(silent, logger: .silent, deadline: .milliseconds(50))
    }
  }

  /// A UNIX socket that queues connections and never takes one.
  private func listen(at path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafeBytes(of: &address) { bytes in
      bind(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
    }
    try #require(bound == 0 && Glibc.listen(descriptor, 8) == 0)
    return descriptor
  }

  @Test func `runs a pipeline in order, and undoes all of it at the first error`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TABLE number (n int PRIMARY KEY)")
      let results = try await connection.pipeline((1...100).map { "INSERT INTO number VALUES (\($0)) RETURNING n" })
      #expect(try results.map { try $0.onlyRow.decode("n", as: Int.self) } == Array(1...100))
      let error = try await #require(throws: PostgresError.self) {
        try await connection.pipeline([
          "INSERT INTO number VALUES (200)", "INSERT INTO number VALUES (1)", "INSERT INTO number VALUES (300)",
        ])
      }
      #expect(error.sqlState == "23505")
      #expect(try await connection.query("SELECT max(n) FROM number").onlyRow.decode(0) == 100)
    }
  }

  @Test func `stops a pipeline at its deadline and goes on`() async throws {
    try await withDatabaseConnection { connection in
      await #expect(throws: PostgresError.deadlineExceeded(what: "a statement")) {
        try await connection.pipeline(["SELECT 1", "SELECT pg_sleep(60)", "SELECT 2"], deadline: .milliseconds(50))
      }
      try await connection.expectUsable()
    }
  }

  @Test func `sends more than the socket holds while the server answers`() async throws {
    try await withDatabaseConnection { connection in
      let chunk = [UInt8](repeating: 7, count: 1 << 20)
      let results = try await connection.pipeline((0..<16).map { _ in "SELECT \(chunk)" })
      #expect(results.count == 16)
    }
  }

  @Test func `runs a script of several statements, all or none`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TABLE a (n int); INSERT INTO a VALUES (1)")
      await #expect(throws: PostgresError.self) {
        try await connection.execute(script: "INSERT INTO a VALUES (2); SELECT 1 / 0")
      }
      #expect(try await connection.query("SELECT count(*) FROM a").onlyRow.decode(0) == 1)
    }
  }

  @Test func `copies rows in, in any cut`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TABLE line (n int, text text)")
      let chunks = ["1\ta", "\n2\tb\n", "3\t\\N\n"].map { Array($0.utf8) }
      #expect(try await connection.copyIn("COPY line FROM STDIN", rows: chunks) == 3)
      let many = (0..<20_000).map { Array("\($0)\tsome text of a usual length\n".utf8) }
      #expect(try await connection.copyIn("COPY line FROM STDIN", rows: many) == 20_000)
      #expect(try await connection.query("SELECT count(*) FROM line").onlyRow.decode(0) == 20_003)
    }
  }

  private struct SourceFailed: Error {}

  @Test func `undoes a copy whose source fails`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TABLE line (n int)")
      let chunks = AsyncThrowingStream<[UInt8], any Error> { continuation in
        continuation.yield(Array("1\n".utf8))
        continuation.finish(throwing: SourceFailed())
      }
      await #expect(throws: SourceFailed.self) { try await connection.copyIn("COPY line FROM STDIN", chunks: chunks) }
      #expect(try await connection.query("SELECT count(*) FROM line").onlyRow.decode(0) == 0)
    }
  }

  @Test(arguments: ["COPY nothing FROM STDIN", "SELECT 1", "COPY number FROM STDIN"])
  func `refuses a copy of bad rows or of nothing and goes on`(_ sql: String) async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TABLE number (n int)")
      await #expect(throws: PostgresError.self) { try await connection.copyIn(sql, rows: [Array("no number\n".utf8)]) }
      try await connection.expectUsable()
    }
  }
}

@Suite struct `A transaction` {
  private struct Refusal: Error {}

  @Test func `commits, or rolls back when its body throws`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TABLE number (n int)")
      try await connection.transaction { _ = try await $0.query("INSERT INTO number VALUES (1)") }
      await #expect(throws: Refusal.self) {
        try await connection.transaction {
          _ = try await $0.query("INSERT INTO number VALUES (2)")
          throw Refusal()
        }
      }
      #expect(try await connection.query("SELECT sum(n) FROM number").onlyRow.decode(0) == 1)
    }
  }

  @Test func `does not pass for committed when a statement failed and the body went on`() async throws {
    try await withDatabaseConnection { connection in
      let error = try await #require(throws: PostgresError.self) {
        try await connection.transaction { connection in
          // The failure is what the test is about.
          _ = try? await connection.query("SELECT 1 / 0")
        }
      }
      #expect(error.sqlState == "25P02")
      #expect(await connection.isReusable)
    }
  }

  @Test func `rolls back when its task is cancelled, and leaves a usable connection`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TABLE number (n int)")
      await withThrowingTaskGroup { group in
        group.addTask {
          try await connection.transaction { connection in
            _ = try await connection.query("INSERT INTO number VALUES (1)")
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await connection.query("INSERT INTO number VALUES (2)")
          }
        }
        await #expect(throws: PostgresError.cancelled) { try await group.next() }
      }
      #expect(await connection.isReusable)
      #expect(try await connection.query("SELECT count(*) FROM number").onlyRow.decode(0) == 0)
    }
  }

  @Test func `runs at the isolation asked for`() async throws {
    try await withDatabaseConnection { connection in
      let level = try await connection.transaction(isolation: .serializable) {
        try await $0.query("SELECT current_setting('transaction_isolation')").onlyRow.decode(0, as: String.self)
      }
      #expect(level == "serializable")
    }
  }
}

extension PostgresConnection {
  func expectUsable() async throws {
    #expect(try await query("SELECT 1").onlyRow.decode(0) == 1)
  }

  /// Returns when the server process runs a statement.
  func waitUntilActive(_ process: Int32) async throws {
    let query: PostgresQuery = "SELECT FROM pg_stat_activity WHERE pid = \(process) AND state = 'active'"
    while try await self.query(query).isEmpty {}
  }
}
