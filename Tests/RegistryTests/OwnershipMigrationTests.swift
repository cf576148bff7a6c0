import Foundation
import JSON
import Postgres
import PostgresTestSupport
import Registry
import Testing

/// What becomes of a database that has models and datasets already.
struct OwnershipMigrationTests {
  /// The migrations before the one that gives models owners, in a directory that is removed afterwards.
  private func withEarlierMigrations(_ body: (String) async throws -> Void) async throws {
    let directory = NSTemporaryDirectory() + "quern-migrations-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for name in try FileManager.default.contentsOfDirectory(atPath: repositoryMigrations) where name < "0020" {
      try FileManager.default.copyItem(atPath: "\(repositoryMigrations)/\(name)", toPath: "\(directory)/\(name)")
    }
    try await body(directory)
  }

  @Test func `what a known job made becomes its submitter's alone, the rest stays everybody's`() async throws {
    try await withEarlierMigrations { earlier in
      try await withDatabaseConnection { connection in
        _ = try await Migrator(directory: earlier).migrate(connection)
        try await connection.execute(
          script: """
            INSERT INTO quern.finished_job (id, created_at, run_at, finished_at, priority, attempt, failures, losses, max_attempts,
              state, kind, queue, submitter, metadata, parameters)
            VALUES (7, now(), now(), now(), 0, 1, 0, 0, 3, 'succeeded', 'finetune', 'default', 'alice', '{}', '{}');
            INSERT INTO quern.model (name, version, config, detail, created_by)
            VALUES ('made', 1, '{}', '{"lineage": {"job": 7}}', 'alice'),
              ('imported', 1, '{}', '{}', 'admin'),
              ('brought', 1, '{}', '{"lineage": {"job": 7}}', 'admin'),
              ('forgotten', 1, '{}', '{"lineage": {"job": 8}}', 'alice'),
              ('odd', 1, '{}', '{"lineage": {"job": "a word"}}', 'alice')
            """
        )
        _ = try await Migrator(directory: repositoryMigrations).migrate(connection)
        let models = try await connection.query("SELECT name, visibility, owner FROM quern.models ORDER BY name")
        let found = try models.map { row in
          "\(try row.decode("name", as: String.self)) \(try row.decode("visibility", as: String.self)) \(try row.decode("owner", as: String.self))"
        }
        #expect(
          found == [
            "brought shared admin", "forgotten shared alice", "imported shared admin", "made private alice",
            "odd shared alice",
          ]
        )
      }
    }
  }

  @Test func `datasets keep their numbers and what their detail may hold`() async throws {
    try await withEarlierMigrations { earlier in
      try await withDatabaseConnection { connection in
        _ = try await Migrator(directory: earlier).migrate(connection)
        _ = try await connection.query(
          """
          INSERT INTO quern.dataset (owner, name, version, row_count, byte_count, sha256, detail, sealed)
          VALUES (quern.caller(), 'notes', 3, 1, 1, sha256(''),
            '{"source": "file", "shape": {"a": 1}, "comment": "of Jane''s"}', true)
          """
        )
        _ = try await Migrator(directory: repositoryMigrations).migrate(connection)
        let detail: JSONValue = try await connection.query("SELECT detail FROM quern.datasets").onlyRow.decode(0)
        #expect(detail == ["source": "file"])
        _ = try await connection.query("SELECT quern.remove_dataset('notes@3')")
        let next: String = try await connection.query("SELECT quern.create_dataset('notes', 'SELECT 1 AS text')")
          .onlyRow
          .decode(0)
        #expect(next == "notes@4")
      }
    }
  }
}
