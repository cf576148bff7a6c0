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
}
