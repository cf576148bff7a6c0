import JSON
import Jobs
import Postgres
import PostgresTestSupport
import Queue
import Testing

/// What names of models and adapters mean at submission.
struct AdapterTests {
  /// Adapters of stories, two versions of `style` among them, and a model without any.
  private static func run(_ body: @Sendable (QueueFixture) async throws -> Void) async throws {
    try await QueueFixture.run { fixture in
      for content in ["y", "z"] {
        try await fixture.sql("SELECT quern.put_blob_chunk(sha256('\(content)'), 0, 1, '\(content)')")
      }
      for (name, base, content) in [("style", "stories", "x"), ("style", "stories@1", "y"), ("tone", "stories", "z")] {
        _ = try await register(name, base, content, fixture)
      }
      try await fixture.sql(
        """
        SELECT quern.register_model('plain', '{"max_position_embeddings": 512}',
          jsonb_build_array(jsonb_build_object('path', 'config.json', 'sha256', encode(sha256('y'), 'hex'), 'size', 1)))
        """
      )
      try await body(fixture)
    }
  }

  private static let inputs: [(JobKind, JSONObject)] = [
    (.generate, ["prompt": "a"]), (.generate, ["messages": [["role": "user", "content": "a"]]]),
    (.embed, ["input": "a"]), (.score, ["prompt": "a", "choices": ["b"]]),
  ]

  private static func register(
    _ name: String,
    _ base: String,
    _ content: String,
    _ fixture: QueueFixture
  ) async throws -> String {
    let detail: JSONValue = ["parameters": 1000, "lineage": ["job": 7, "dataset": "poems@2"]]
    return try await fixture.client.query(
      """
      SELECT quern.register_adapter(\(name), \(base), '{"r": 4}', jsonb_build_array(jsonb_build_object(
        'path', 'adapter_config.json', 'sha256', encode(sha256(\(content)::bytea), 'hex'), 'size', 1)), \(detail))
      """
    ).onlyRow.decode(0)
  }

  private static func refusal(of model: String, _ fixture: QueueFixture) async -> QueueError.Refusal? {
    do throws(QueueError) {
      _ = try await fixture.queue.submit(
        Submission(kind: .generate, parameters: ["model": .string(model), "prompt": "a"])
      )
      return nil
    } catch {
      return error.refusal
    }
  }

  @Test func `a reference becomes that of versions, for every kind`() async throws {
    try await Self.run { fixture in
      for (given, resolved) in [
        ("stories+style", "stories@1+style@2"), ("stories@1+style", "stories@1+style@2"),
        ("stories+style@1", "stories@1+style@1"), ("style", "stories@1+style@2"), ("style@1", "stories@1+style@1"),
        ("stories@1+tone@1", "stories@1+tone@1"), ("stories", "stories@1"), ("stories@1", "stories@1"),
      ] {
        for (kind, members) in Self.inputs {
          var parameters = members
          parameters["model"] = .string(given)
          let id = try await fixture.queue.submit(Submission(kind: kind, parameters: .object(parameters)))
          let job = try #require(await fixture.queue.show(id))
          #expect(job.model == resolved && job.parameters?["model"] == .string(resolved), "\(given)")
        }
      }
    }
  }

  @Test func `a newer base or adapter changes no job that was submitted, and an adapter keeps its base`() async throws {
    try await Self.run { fixture in
      try await fixture.sql(
        """
        SELECT quern.register_model('stories', '{"max_position_embeddings": 512}',
          jsonb_build_array(jsonb_build_object('path', 'config.json', 'sha256', encode(sha256('y'), 'hex'), 'size', 1)))
        """
      )
      let id = try await fixture.number("SELECT quern.generate('stories+style', 'a')")
      let job = try await fixture.queue.show(JobID(rawValue: Int64(id)))
      #expect(job?.model == "stories@1+style@2")
      let newer = try await Self.register("style", "stories", "z", fixture)
      #expect(newer == "style@3")
      for (given, resolved) in [("stories+style", "stories@2+style@3"), ("stories@1+style", "stories@1+style@2")] {
        let id = try await fixture.number("SELECT quern.generate('\(given)', 'a')")
        let job = try await fixture.queue.show(JobID(rawValue: Int64(id)))
        #expect(job?.model == resolved)
      }
      let refusal = await Self.refusal(of: "stories@2+style@1", fixture)
      #expect(refusal?.code == "adapter_base_mismatch" && refusal?.message.contains("stories@1+style@1") == true)
    }
  }

  @Test func `what is no adapter of that model is refused with what would do`() async throws {
    try await Self.run { fixture in
      for (given, code, words) in [
        ("stories+styl", "adapter_not_found", #"did you mean "style"?"#),
        ("stories+style@9", "adapter_not_found", "the newest is style@2"),
        ("stories+plain", "adapter_not_found", "a model of its own"),
        ("plain+style", "adapter_base_mismatch", "stories@1+style@2"),
        ("plain+what", "adapter_not_found", "there are none yet"), ("storis+style", "model_not_found", #""stories""#),
        ("stories@7+style", "model_not_found", "the newest is stories@1"),
        ("stories+style+tone", "adapter_not_found", ""),
        ("stories+", "adapter_not_found", ""), ("+style", "model_not_found", ""),
        ("styl", "model_not_found", #""style""#),
      ] {
        let refusal = await Self.refusal(of: given, fixture)
        #expect(refusal?.code == code && refusal?.param == "model", "\(given): \(String(describing: refusal))")
        #expect(refusal?.message.contains(words) == true, "\(given): \(String(describing: refusal))")
      }
    }
  }

  @Test func `limits are the base's`() async throws {
    try await Self.run { fixture in
      let long = String(repeating: "a", count: 6000)
      let error = await #expect(throws: QueueError.self) {
        try await fixture.queue.submit(
          Submission(kind: .generate, parameters: ["model": "stories+style", "prompt": .string(long)])
        )
      }
      #expect(error?.refusal?.code == "context_length_exceeded")
    }
  }

  @Test func `a name means models or adapters of one base, and the same content is the same version`() async throws {
    try await Self.run { fixture in
      let again = try await Self.register("style", "stories", "y", fixture)
      #expect(again == "style@2")
      for (name, base, words) in [
        ("style", "plain", "is an adapter of stories, not of plain"), ("plain", "stories", "is a model"),
        ("new", "style", "its base is stories@1"), ("new", "nothing", "no model"), ("a b", "stories", "letters"),
      ] {
        let error = await #expect(throws: PostgresError.self) { try await Self.register(name, base, "x", fixture) }
        #expect(error?.description.contains(words) == true, "\(name), \(base): \(String(describing: error))")
      }
      let error = await #expect(throws: PostgresError.self) {
        try await fixture.sql(
          """
          SELECT quern.register_model('style', '{}',
            jsonb_build_array(jsonb_build_object('path', 'config.json', 'sha256', encode(sha256('x'), 'hex'), 'size', 1)))
          """
        )
      }
      #expect(error?.description.contains("is an adapter of stories") == true)
    }
  }

  @Test func `models and manifests tell base and lineage`() async throws {
    try await Self.run { fixture in
      let rows = try await fixture.client.query(
        "SELECT model, base, lineage, context_length::bigint AS context FROM quern.models ORDER BY model"
      )
      let listed = try rows.map { try $0.decode("model", as: String.self) }
      #expect(listed == ["plain@1", "stories@1", "style@1", "style@2", "tone@1"])
      #expect(try rows[2].decode("base", as: String?.self) == "stories@1")
      #expect(try rows[2].decode("context", as: Int?.self) == 512)
      #expect(try rows[2].decode("lineage", as: JSONValue?.self)?["dataset"] == "poems@2")
      #expect(try rows[1].decode("base", as: String?.self) == nil)
      for name in ["style@1", "stories+style@1"] {
        let manifest: JSONValue = try await fixture.client.query("SELECT quern.model_manifest(\(name))").onlyRow.decode(
          0
        )
        #expect(manifest["name"] == "style" && manifest["version"] == 1 && manifest["base"] == "stories@1")
        #expect(manifest["lineage"]?["job"] == 7 && manifest["context_length"] == 512)
      }
    }
  }
}
