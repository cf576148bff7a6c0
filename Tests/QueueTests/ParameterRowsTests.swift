import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Testing

struct ParameterRowsTests {
  @Test func `the rows of the database are the descriptions of the Swift types`() async throws {
    try await withDatabaseConnection(migrated: true) { connection in
      let rows = try await connection.query(
        "SELECT kind, name, aliases, schema, required, default_value, description FROM quern.parameter"
      )
      var described: [String: ParameterDescription] = [:]
      for row in rows {
        let description = ParameterDescription(
          kind: try row.decode("kind"),
          name: try row.decode("name"),
          aliases: try row.decode("aliases"),
          schema: try row.decode("schema"),
          required: try row.decode("required"),
          defaultValue: try row.decode("default_value"),
          description: try row.decode("description")
        )
        described["\(description.kind).\(description.name)"] = description
      }
      #expect(described.count == ParameterDescription.all.count)
      for expected in ParameterDescription.all {
        let row = try #require(described["\(expected.kind).\(expected.name)"])
        #expect(row.schema.canonicalText == expected.schema.canonicalText)
        #expect(row.defaultValue?.canonicalText == expected.defaultValue?.canonicalText)
        #expect(row.aliases == expected.aliases && row.required == expected.required)
        #expect(row.description == expected.description)
      }
    }
  }

  @Test func `the rules of the database are those of the Swift types, in their order`() async throws {
    try await withDatabaseConnection(migrated: true) { connection in
      for kind in JobKind.known.map(\.rawValue) {
        let rows = try await connection.query(
          "SELECT name, requirement, message FROM quern.parameter_rule WHERE kind = \(kind) ORDER BY position"
        )
        let expected = ParameterRule.all.filter { $0.kind == kind }
        #expect(rows.count == expected.count)
        for (row, rule) in zip(rows, expected) {
          #expect(try row.decode("name", as: String.self) == rule.name)
          #expect(try row.decode("requirement", as: String.self) == rule.requirement)
          #expect(try row.decode("message", as: String.self) == rule.message)
        }
      }
    }
  }

  @Test func `the alternatives of the database are those of the Swift types`() async throws {
    try await withDatabaseConnection(migrated: true) { connection in
      let rows = try await connection.query("SELECT kind, alternatives FROM quern.kind")
      var alternatives: [String: [String]] = [:]
      for row in rows { alternatives[try row.decode("kind")] = try row.decode("alternatives", as: [String].self) }
      #expect(
        alternatives == [
          "generate": GenerateParameters.alternatives, "embed": EmbedParameters.alternatives,
          "score": ScoreParameters.alternatives, "sleep": SleepParameters.alternatives,
          "finetune": FinetuneParameters.alternatives,
        ]
      )
    }
  }
}
