import JSON
import Jobs
import Postgres
import Queue
import Testing

struct PrecisionTests {
  @Test func `a model takes the precisions that jobs may ask for, and no other`() async throws {
    try await QueueFixture.run { fixture in
      for (version, precision) in WeightPrecision.allCases.enumerated() {
        let registered = try await register(precision.rawValue, fixture)
        #expect(registered == "stories@\(version + 1)")
      }
      let error = await #expect(throws: PostgresError.self) { try await register("int8", fixture) }
      #expect(error?.description.contains(#"one of "f32", "bf16", "q8", "q4""#) == true)
      let listed = try await fixture.number(
        """
        SELECT count(*) FROM quern.models
        WHERE (version, precision) IN ((1, 'f32'), (2, 'bf16'), (3, 'q8'), (4, 'q4'))
        """
      )
      #expect(listed == 4)
    }
  }

  @Test func `a model that was imported before precisions is f32`() async throws {
    try await QueueFixture.run { fixture in
      let count = try await fixture.number("SELECT count(*) FROM quern.model WHERE precision = 'f32'")
      let again = try await register(nil, fixture)
      #expect(count == 1 && again == "stories@1")
    }
  }

  @Test(arguments: ["generate('stories', 'a'", "embed('stories', 'a'"])
  func `the shorthands of SQL pass a precision on`(call: String) async throws {
    try await QueueFixture.run { fixture in
      let id = try await fixture.number(#"SELECT quern.\#(call), '{"precision": "q8", "priority": 3}')"#)
      let job = try #require(await fixture.queue.show(JobID(rawValue: Int64(id))))
      #expect(job.parameters?["precision"] == "q8" && job.priority == 3)
    }
  }

  @Test func `a claim tells whose job it is and how urgent`() async throws {
    try await QueueFixture.run { fixture in
      try await fixture.submitSleep {
        $0.tenant = "acme"
        $0.priority = -7
      }
      try await fixture.submitSleep { $0.priority = -8 }
      let claimed = try await fixture.worker().claimSleep()
      #expect(claimed.map(\.tenant) == ["acme", nil] && claimed.map(\.priority) == [-7, -8])
      #expect(claimed.allSatisfy { !$0.submitter.isEmpty })
    }
  }

  private func register(_ precision: String?, _ fixture: QueueFixture) async throws -> String {
    let detail: JSONValue = precision.map { ["precision": .string($0)] } ?? [:]
    return try await fixture.client.query(
      """
      SELECT quern.register_model('stories', '{"max_position_embeddings": 512}',
        jsonb_build_array(jsonb_build_object('path', 'config.json', 'sha256', encode(sha256('x'), 'hex'), 'size', 1)), \(detail))
      """
    ).onlyRow.decode(0)
  }
}
