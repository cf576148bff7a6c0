import Foundation
import Postgres
import PostgresTestSupport
import Testing

@Suite struct `The migrator` {
  /// A directory of these files, removed afterwards.
  private func withDirectory(_ files: [String: String], _ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "quern-migrations-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
    try await body(directory.path)
  }

  private let two = ["0001_first.sql": "CREATE TABLE a (n int);", "0002_second.sql": "INSERT INTO a VALUES (1);"]

  private func expectFailure(_ failure: MigrationFailure, _ body: () async throws -> Void) async {
    await #expect(throws: PostgresError.migration(failure)) { try await body() }
  }

  @Test func `applies what is pending, once`() async throws {
    try await withDirectory(two) { directory in
      try await withDatabaseConnection { connection in
        let migrator = try Migrator(directory: directory)
        #expect(try await migrator.pending(connection) == ["0001_first", "0002_second"])
        #expect(try await migrator.migrate(connection) == ["0001_first", "0002_second"])
        #expect(try await migrator.migrate(connection) == [])
        #expect(try await migrator.pending(connection) == [])
        #expect(try await connection.query("SELECT count(*) FROM a").onlyRow.decode(0) == 1)
        // printf 'CREATE TABLE a (n int);' | sha256sum
        let checksum = "SELECT checksum FROM quern.migration WHERE version = 1" as PostgresQuery
        #expect(
          try await connection.query(checksum).onlyRow.decode(0)
            == "7f03d9c862ed8d33c0e406cce105b2d302ecdffbba7c18c32f0f1226e34dbaf2"
        )
      }
    }
  }

  @Test func `lets several programs migrate at once`() async throws {
    try await withDirectory(two) { directory in
      try await withDatabaseConfiguration { configuration in
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
          for _ in 0..<4 {
            group.addTask {
              let connection = try await PostgresConnection.connect(configuration, logger: .silent)
              return try await Migrator(directory: directory).migrate(connection)
            }
          }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied.sorted() == ["0001_first", "0002_second"])
      }
    }
  }

  @Test func `undoes a script that fails, and keeps the ones before`() async throws {
    let files = two.merging(["0003_bad.sql": "INSERT INTO a VALUES (2); SELECT 1 / 0;"]) { $1 }
    try await withDirectory(files) { directory in
      try await withDatabaseConnection { connection in
        let error = try await #require(throws: PostgresError.self) {
          try await Migrator(directory: directory).migrate(connection)
        }
        guard case .migration(.refused(name: "0003_bad", let report)) = error else { throw error }
        #expect(report.sqlState == "22012")
        #expect(try await connection.query("SELECT count(*) FROM a").onlyRow.decode(0) == 1)
        #expect(try await Migrator(directory: directory).pending(connection) == ["0003_bad"])
      }
    }
  }

  @Test func `refuses a script that ends its own transaction`() async throws {
    try await withDirectory(["0001_bad.sql": "CREATE TABLE a (n int); COMMIT;"]) { directory in
      try await withDatabaseConnection { connection in
        await expectFailure(.transactionEnded(name: "0001_bad")) {
          _ = try await Migrator(directory: directory).migrate(connection)
        }
      }
    }
  }

  @Test func `refuses a file that changed after it ran`() async throws {
    try await withDatabaseConnection { connection in
      try await withDirectory(two) { _ = try await Migrator(directory: $0).migrate(connection) }
      try await withDirectory(two.merging(["0001_first.sql": "CREATE TABLE b (n int);"]) { $1 }) { directory in
        await expectFailure(.changed(name: "0001_first")) {
          _ = try await Migrator(directory: directory).migrate(connection)
        }
      }
    }
  }

  @Test func `refuses a database newer than itself`() async throws {
    try await withDatabaseConnection { connection in
      try await withDirectory(two) { _ = try await Migrator(directory: $0).migrate(connection) }
      try await withDirectory(two.filter { $0.key.hasPrefix("0001") }) { directory in
        await expectFailure(.databaseNewer(database: 2, program: 1)) {
          _ = try await Migrator(directory: directory).pending(connection)
        }
      }
    }
  }

  @Test func `refuses a directory that is not the one it was built with`() async throws {
    try await withDirectory(two) { directory in
      let checksums = try Migrator.checksums(directory: directory)
      _ = try Migrator(directory: directory, checksums: checksums)
      let other = checksums.merging(["0002_second": "00"]) { $1 }
      await expectFailure(.notBuiltIn(name: "0002_second")) { _ = try Migrator(directory: directory, checksums: other) }
      let more = checksums.merging(["0003_third": "00"]) { $1 }
      await expectFailure(.missing(name: "0003_third")) { _ = try Migrator(directory: directory, checksums: more) }
    }
  }

  @Test(arguments: [
    (["0001_a.sql", "0003_c.sql"], MigrationFailure.gap(expected: 2)),
    (["0002_b.sql"], .gap(expected: 1)),
    (["0001_a.sql", "0001_b.sql"], .duplicate(1)),
    (["1_a.sql"], .misnamed("1_a.sql")),
    (["0001.sql"], .misnamed("0001.sql")),
    (["0001_A b.sql"], .misnamed("0001_A b.sql")),
    (["0000_a.sql"], .misnamed("0000_a.sql")),
  ])
  func `refuses gaps, duplicates and odd names`(_ names: [String], _ failure: MigrationFailure) async throws {
    try await withDirectory(Dictionary(uniqueKeysWithValues: names.map { ($0, "SELECT 1") })) { directory in
      await expectFailure(failure) { _ = try Migrator(directory: directory) }
    }
  }

  @Test func `refuses a directory that is not there`() {
    let error = #expect(throws: PostgresError.self) { try Migrator(directory: "/nonexistent") }
    guard case .migration(.unreadable(path: "/nonexistent", reason: _)) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
