import Foundation
import Launch
import Logging
import Postgres

extension DatabaseOptions {
  /// Connects once, so that a database that is away is an error at once, and lends the connection to `body`.
  func withConnection<Success>(
    _ body: (PostgresConnection) async throws -> Success
  ) async throws -> Success {
    let connection = try await Self.connect(try address(applicationName: "quern").configuration)
    do {
      let success = try await body(connection)
      await connection.close()
      return success
    } catch {
      await connection.close()
      throw error
    }
  }

  /// Runs `body` with a pool that survives a restart of the server.
  func withClient<Success: Sendable>(
    _ body: (PostgresClient) async throws -> Success
  ) async throws -> Success {
    let configuration = try address(applicationName: "quern").configuration
    await (try Self.connect(configuration)).close()
    let client = PostgresClient(configuration, maximumConnections: 2, logger: .silent)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.run() }
      let success = try await body(client)
      group.cancelAll()
      return success
    }
  }

  private static func connect(_ configuration: PostgresConfiguration) async throws -> PostgresConnection {
    do {
      return try await PostgresConnection.connect(configuration, logger: .silent)
    } catch {
      guard error.isTransient else { throw error }
      throw CommandFailure(
        "cannot reach PostgreSQL (\(configuration.redactedDescription)): \(Self.reason(error)); "
          + "start it, or name another with --database"
      )
    }
  }

  /// The first line of libpq's words; the others ask what the reader of ours is told already.
  private static func reason(_ error: PostgresError) -> String {
    guard case .connection(let words) = error else { return "\(error)" }
    return words.split { $0.isNewline || $0 == "\t" }.first.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "no answer"
  }
}

extension Logger {
  /// For commands, whose failures are their exit: there is nothing to log besides.
  static var silent: Logger { Logger(label: "quern") { _ in SwiftLogNoOpLogHandler() } }
}
