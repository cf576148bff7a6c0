import JSON
import Jobs
import Postgres
import Queue
import Registry
import Testing

struct DatasetPageTests {
  @Test func `a worker reads its job's rows by bytes, in order, and a large one alone`() async throws {
    try await QueueFixture.runTraining { fixture in
      try await fixture.sql(
        """
        INSERT INTO quern.parameter (kind, name, schema, required, description)
        VALUES ('train', 'dataset', '{"type": "string"}', false, 'What.')
        """
      )
      let large = JSONValue.string(String(repeating: "long ", count: 1000))
      let rows: [JSONValue] = (0..<5).map { ["text": $0 == 2 ? large : .string("row \($0)")] }
      let registry = DatasetRegistry(fixture.client)
      _ = try await registry.create("notes") { try await $0(rows.map { DatasetRegistry.Row(content: $0) }) }
      try await fixture.submitTraining { $0.parameters = ["steps": 1, "dataset": "notes@1"] }
      let worker = try await fixture.trainer()
      let attempt = try #require(await worker.claimTraining()).attemptID
      var pages: [[JSONValue]] = []
      var last: Int32? = -1
      while let index = last {
        let page = try await registry.page(
          of: "notes@1",
          after: index,
          byteCount: 40,
          worker: worker.id.description,
          job: attempt.job.rawValue,
          attempt: attempt.attempt
        )
        if !page.rows.isEmpty { pages.append(page.rows) }
        last = page.lastIndex
      }
      #expect(pages == [[rows[0], rows[1]], [rows[2]], [rows[3], rows[4]]])
    }
  }
}
