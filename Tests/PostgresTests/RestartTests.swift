import Logging
import Postgres
import PostgresTestSupport
import Testing

@Suite struct `A restart of the server` {
  @Test func `costs the statement in flight, and the next ones wait for it`() async throws {
    let server = try await TemporaryCluster().server()
    let observer = try await PostgresConnection.connect(server.configuration, logger: .silent)
    try await withClient(server.configuration, maximumConnections: 2) { client in
      try await client.withConnection { connection in
        let process = try #require(await connection.processID)
        try await withThrowingTaskGroup(of: PostgresResult.self) { group in
          group.addTask { try await connection.query("SELECT pg_sleep(60)") }
          try await observer.waitUntilActive(process)
          await server.stop()
          let error = try await #require(throws: PostgresError.self) { _ = try await group.next() }
          #expect(error.isTransient)
        }
      }
      async let answer = client.query("SELECT 'back'").onlyRow.decode(0, as: String.self)
      try await server.start()
      #expect(try await answer == "back")
    }
    await server.stop()
  }

  @Test func `is heard by a listener, which looks again`() async throws {
    let server = try await TemporaryCluster().server()
    let listener = PostgresListener(server.configuration, channels: ["quern_queued", "Odd \"one\""], logger: .silent)
    try await withThrowingTaskGroup { group in
      group.addTask { try await listener.run() }
      var notifications = listener.notifications.makeAsyncIterator()
      #expect(await notifications.next() == .reconnected)
      try await notify("quern_queued", "default", server)
      #expect(await notifications.next() == .received(channel: "quern_queued", payload: "default"))
      await server.stop()
      try await server.start()
      #expect(await notifications.next() == .reconnected)
      try await notify("Odd \"one\"", "it's", server)
      #expect(await notifications.next() == .received(channel: "Odd \"one\"", payload: "it's"))
      group.cancelAll()
    }
    await server.stop()
  }

  private func notify(_ channel: String, _ payload: String, _ server: PostgresServer) async throws {
    let connection = try await PostgresConnection.connect(server.configuration, logger: .silent)
    _ = try await connection.query("SELECT pg_notify(\(channel), \(payload))")
    await connection.close()
  }
}
