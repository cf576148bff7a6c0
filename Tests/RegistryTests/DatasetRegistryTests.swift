import JSON
import Postgres
import PostgresTestSupport
import Registry
import Testing

struct DatasetRegistryTests {
  @Test func `rows come back in order, and a name means its newest version`() async throws {
    let rows = (0..<2500).map { number in
      DatasetRegistry.Row(content: ["n": JSONValue(number), "text": .string("row \(number)")])
    }
    try await withRegistry { registry, _ in
      let first = try await create(registry, rows)
      #expect(first == "notes@1")
      #expect(try await registry.rows(of: "notes") == rows.map(\.content))
      #expect(try await registry.rows(of: "notes", most: 3) == rows.prefix(3).map(\.content))
      #expect(try await create(registry, [DatasetRegistry.Row(content: ["text": "other"])]) == "notes@2")
      #expect(try await registry.resolve("notes") == "notes@2")
      #expect(try await registry.rows(of: "notes@1").count == 2500)
      #expect(try await registry.rows(of: "notes") == [["text": "other"]])
    }
  }

  @Test func `a version that breaks off leaves nothing, and the next one takes its number`() async throws {
    struct Interruption: Error {}
    try await withRegistry { registry, client in
      await #expect(throws: Interruption.self) {
        _ = try await registry.create("notes") { store in
          try await store([DatasetRegistry.Row(content: ["text": "a"])])
          throw Interruption()
        }
      }
      let left: Int = try await client.query("SELECT count(*) FROM quern.dataset_row")[0].decode(0)
      #expect(left == 0)
      #expect(try await create(registry, [DatasetRegistry.Row(content: ["text": "a"])]) == "notes@1")
    }
  }

  @Test func `a dataset without rows, a row that is no object, and a name that is none are refused`() async throws {
    try await withRegistry { registry, _ in
      await expectRefusal("invalid_value") { _ = try await create(registry, []) }
      await expectRefusal("invalid_value") { _ = try await create(registry, [DatasetRegistry.Row(content: "text")]) }
      await expectRefusal("invalid_value") { _ = try await registry.create("no name") { _ in } }
      await expectRefusal("dataset_not_found") { _ = try await registry.rows(of: "absent") }
    }
  }

  @Test func `a query makes a dataset, without the column that says whom a row is about`() async throws {
    try await withRegistry { registry, client in
      let query = "SELECT 'text ' || n AS text, 'person ' || n % 2 AS who FROM generate_series(1, 1200) AS n"
      let name: String = try await client.query("SELECT quern.create_dataset('letters', \(query), 'who')")[0].decode(0)
      #expect(name == "letters@1")
      let rows = try await registry.rows(of: "letters")
      #expect(rows.count == 1200 && rows.first == ["text": "text 1"] && rows.last == ["text": "text 1200"])
      let subjects: Int = try await client.query(
        "SELECT count(DISTINCT subject) FROM quern.dataset_row WHERE subject IS NOT NULL"
      )[0].decode(0)
      #expect(subjects == 2)
      await expectRefusal("invalid_value") {
        _ = try await client.query("SELECT quern.create_dataset('letters', \(query), 'whom')")
      }
    }
  }

  @Test func `a query reads with the caller's rights, and changes nothing`() async throws {
    try await withRegistry { _, client in
      _ = try await client.query("CREATE TABLE public.secret (text text)")
      _ = try await client.query("INSERT INTO public.secret VALUES ('a')")
      for query in ["SELECT * FROM public.secret", "DELETE FROM public.secret RETURNING text", "SELECT 1; SELECT 2"] {
        await #expect(throws: PostgresError.self) {
          try await asRole("quern_submitter", client) { connection in
            _ = try await connection.query("SELECT quern.create_dataset('stolen', \(query))")
          }
        }
      }
      let left: Int = try await client.query("SELECT count(*) FROM public.secret")[0].decode(0)
      #expect(left == 1)
    }
  }

  @Test func `datasets are their owner's: others see none, and operators no rows`() async throws {
    try await withRegistry { registry, client in
      _ = try await create(registry, [DatasetRegistry.Row(content: ["text": "private"])])
      let seen: Int = try await asRole("quern_submitter", client) {
        try await $0.query("SELECT count(*) FROM quern.datasets")[0].decode(0)
      }
      #expect(seen == 0)
      await expectRefusal("dataset_not_found") {
        try await asRole("quern_submitter", client) {
          _ = try await $0.query("SELECT * FROM quern.dataset_rows('notes')")
        }
      }
      let names: Int = try await asRole("quern_operator", client) {
        try await $0.query("SELECT count(*) FROM quern.datasets")[0].decode(0)
      }
      #expect(names == 1)
      await #expect(throws: PostgresError.self) {
        try await asRole("quern_operator", client) {
          _ = try await $0.query("SELECT * FROM quern.dataset_rows('notes')")
        }
      }
      // The same name of another owner is another dataset.
      let other: String = try await asRole("quern_submitter", client) {
        try await $0.query("SELECT quern.create_dataset('notes', 'SELECT 1 AS text')")[0].decode(0)
      }
      #expect(other == "notes@1")
      #expect(try await registry.rows(of: "notes") == [["text": "private"]])
    }
  }

  @Test func `a removed version is gone with its rows, the others stay`() async throws {
    try await withRegistry { registry, client in
      for text in ["one", "two"] {
        _ = try await create(registry, [DatasetRegistry.Row(content: ["text": .string(text)])])
      }
      #expect(try await registry.remove("notes@2") == "notes@2")
      #expect(try await registry.rows(of: "notes") == [["text": "one"]])
      let rows: Int = try await client.query("SELECT count(*) FROM quern.dataset_row")[0].decode(0)
      #expect(rows == 1)
    }
  }

  @Test func `the number of a removed version is never given again`() async throws {
    try await withRegistry { registry, _ in
      let rows = [DatasetRegistry.Row(content: ["text": "a"])]
      for number in 1...2 { #expect(try await create(registry, rows) == "notes@\(number)") }
      _ = try await registry.remove("notes@2")
      #expect(try await create(registry, rows) == "notes@3")
      for number in [1, 3] { _ = try await registry.remove("notes@\(number)") }
      #expect(try await create(registry, rows) == "notes@4")
    }
  }

  @Test(
    arguments: [
      ["comment": "of Jane's"], ["source": ["of": "Jane"]], ["shape": "Jane Doe, born 1970"], [1], "source",
    ] as [JSONValue]
  )
  func `a detail that would show operators what a client made up is refused`(detail: JSONValue) async throws {
    try await withRegistry { registry, _ in
      await expectRefusal("invalid_value") { _ = try await registry.create("notes", detail: detail) { _ in } }
    }
  }

  private func create(_ registry: DatasetRegistry, _ rows: [DatasetRegistry.Row]) async throws -> String {
    try await registry.create("notes") { store in try await store(rows) }
  }

  private func withRegistry(_ body: @Sendable (DatasetRegistry, PostgresClient) async throws -> Void) async throws {
    try await withDatabase(migrated: true) { client in try await body(DatasetRegistry(client), client) }
  }

  private func asRole<Answer: Sendable>(
    _ role: String,
    _ client: PostgresClient,
    _ body: @Sendable (PostgresConnection) async throws -> Answer
  ) async throws -> Answer {
    try await client.withTransaction { connection in
      _ = try await connection.query("SELECT set_config('role', \(role), true)")
      return try await body(connection)
    }
  }

  private func expectRefusal(_ code: String, _ body: () async throws -> Void) async {
    await #expect {
      try await body()
    } throws: { error in
      guard case .server(let refusal) = error as? PostgresError else { return false }
      return refusal.detail?.contains("\"\(code)\"") ?? false
    }
  }
}
