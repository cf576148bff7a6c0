import Logging
import Postgres
import PostgresTestSupport
import ServiceLifecycle
import Testing

@Suite struct `A client` {
  @Test func `serves many at once with few connections`() async throws {
    try await withDatabase(maximumConnections: 3) { client in
      let processes = try await withThrowingTaskGroup(returning: Set<Int>.self) { group in
        for _ in 0..<50 {
          group.addTask { try await client.query("SELECT pg_backend_pid()").onlyRow.decode(0, as: Int.self) }
        }
        return try await group.reduce(into: []) { $0.insert($1) }
      }
      #expect((1...3).contains(processes.count))
    }
  }

  @Test func `gives up waiting for a connection at the deadline`() async throws {
    try await withDatabase(maximumConnections: 1) { client in
      try await client.withConnection { _ in
        let error = try await #require(throws: PostgresError.self) {
          try await client.query("SELECT 1", deadline: .milliseconds(30))
        }
        #expect(error == .deadlineExceeded(what: "waiting for a connection"))
      }
      #expect(try await client.query("SELECT 1").count == 1)
    }
  }

  @Test func `gives up waiting when the task is cancelled`() async throws {
    try await withDatabase(maximumConnections: 1) { client in
      try await client.withConnection { _ in
        await withThrowingTaskGroup(of: PostgresResult.self) { group in
          group.addTask { try await client.query("SELECT 1") }
          group.cancelAll()
          await #expect(throws: PostgresError.cancelled) { _ = try await group.next() }
        }
      }
      #expect(try await client.query("SELECT 1").count == 1)
    }
  }

  @Test func `says why no connection came`() async throws {
    let nowhere = try PostgresConfiguration(url: "host=/nonexistent dbname=x")
    try await withClient(nowhere) { client in
      let error = try await #require(throws: PostgresError.self) {
        try await client.query("SELECT 1", deadline: .seconds(4))
      }
      #expect("\(error)".contains("/nonexistent"))
      #expect(error.isTransient)
    }
  }

  private struct Refusal: Error {}

  @Test func `commits a transaction and rolls back one that throws`() async throws {
    try await withDatabase { client in
      _ = try await client.query("CREATE TABLE number (n int)")
      try await client.withTransaction { _ = try await $0.query("INSERT INTO number VALUES (1)") }
      await #expect(throws: Refusal.self) {
        try await client.withTransaction {
          _ = try await $0.query("INSERT INTO number VALUES (2)")
          throw Refusal()
        }
      }
      #expect(try await client.query("SELECT count(*) FROM number").onlyRow.decode(0) == 1)
    }
  }

  @Test func `does not hand on a connection with an open transaction`() async throws {
    try await withDatabase(maximumConnections: 1) { client in
      let process = try await client.withConnection { connection in
        _ = try await connection.query("BEGIN")
        return await connection.processID
      }
      #expect(try await client.query("SELECT pg_backend_pid()").onlyRow.decode(0, as: Int32.self) != process)
    }
  }

  @Test func `notices a connection that died while idle`() async throws {
    try await withDatabaseConfiguration { configuration in
      let killer = try await PostgresConnection.connect(configuration, logger: .silent)
      try await withClient(configuration, maximumConnections: 1) { client in
        let process = try await client.query("SELECT pg_backend_pid()").onlyRow.decode(0, as: Int32.self)
        // Waits until the process is gone.
        _ = try await killer.query("SELECT pg_terminate_backend(\(process), 10000)")
        let next = try await client.query("SELECT pg_backend_pid()").onlyRow.decode(0, as: Int32.self)
        #expect(next != process)
      }
    }
  }

  @Test func `refuses work after its shutdown, and run returns`() async throws {
    try await withDatabaseConfiguration { configuration in
      let client = PostgresClient(configuration, logger: .silent)
      let group = ServiceGroup(configuration: .init(services: [client], logger: .silent))
      try await withThrowingTaskGroup { tasks in
        tasks.addTask { try await group.run() }
        #expect(try await client.query("SELECT 1").count == 1)
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
      }
      await #expect(throws: PostgresError.closed) { try await client.query("SELECT 1") }
    }
  }
}
