import Foundation
package import Postgres

/// The repository's `migrations/`, found from this file.
package let repositoryMigrations = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "migrations").path

/// Runs `body` with the configuration of a fresh database of the shared cluster.
/// - Parameter migrated: whether the repository's migrations are applied.
package func withDatabaseConfiguration<Success>(
  migrated: Bool = false,
  _ body: (PostgresConfiguration) async throws -> Success
) async throws -> Success {
  try await body(
    TemporaryCluster.shared.createDatabase(migrations: migrated ? repositoryMigrations : nil)
  )
}

/// Runs `body` with a running pool on a fresh database of the shared cluster.
package func withDatabase<Success: Sendable>(
  migrated: Bool = false,
  maximumConnections: Int = 4,
  _ body: (PostgresClient) async throws -> Success
) async throws -> Success {
  try await withDatabaseConfiguration(migrated: migrated) { configuration in
    try await withClient(configuration, maximumConnections: maximumConnections, body)
  }
}

/// Runs `body` with a running pool.
package func withClient<Success>(
  _ configuration: PostgresConfiguration,
  maximumConnections: Int = 4,
  _ body: (PostgresClient) async throws -> Success
) async throws -> Success {
  let client = PostgresClient(configuration, maximumConnections: maximumConnections, logger: .silent)
  return try await withThrowingTaskGroup { group in
    group.addTask { try await client.run() }
    defer { group.cancelAll() }
    return try await body(client)
  }
}

/// Runs `body` with one connection to a fresh database of the shared cluster.
package func withDatabaseConnection<Success>(
  migrated: Bool = false,
  _ body: (PostgresConnection) async throws -> Success
) async throws -> Success {
  try await withDatabaseConfiguration(migrated: migrated) { configuration in
    let connection = try await PostgresConnection.connect(configuration, logger: .silent)
    let success = try await body(connection)
    await connection.close()
    return success
  }
}
