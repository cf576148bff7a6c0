import JSON
import Jobs
import Postgres
import Queue
import Registry
import Testing

/// Whose models and adapters are, and who may use them.
struct OwnershipTests {
  /// Everything that takes a model's name.
  private static let calls = [
    "quern.generate('NAME', 'a')", "quern.generate('NAME@1', 'a')", "quern.generate('stories+NAME', 'a')",
    "quern.generate('stories@1+NAME@1', 'a')", #"quern.chat('NAME', '[{"role": "user", "content": "a"}]')"#,
    "quern.embed('stories+NAME', 'a')", #"quern.submit('score', '{"model": "NAME", "prompt": "a", "choices": ["b"]}')"#,
    #"quern.submit_many('generate', ARRAY['{"model": "NAME", "prompt": "a"}']::jsonb[])"#,
    "quern.finetune('NAME', 'poems')", #"quern.finetune('stories', 'poems', '{"adapter": "NAME"}')"#,
    "quern.finetune('stories+NAME', 'poems')", "quern.model_manifest('NAME')", "quern.model_manifest('stories+NAME@1')",
    "quern.model_chunk('NAME@1', 'state.txt', 0)", #"quern.set_model('NAME', '{"visibility": "shared"}')"#,
  ]

  @Test func `what a job made is its submitter's, and for other submitters it does not exist`() async throws {
    try await Workshop.run { shop in
      #expect(try await shop.make("bard", by: shop.alice) == "bard@1")
      #expect(try await shop.listed(shop.alice) == ["bard@1", "stories@1"])
      #expect(try await shop.listed(shop.bob) == ["stories@1"])
      for call in Self.calls {
        let hidden = try #require(await shop.refusal(call.replacing("NAME", with: "bard"), shop.bob), "\(call)")
        let absent = try #require(await shop.refusal(call.replacing("NAME", with: "zeta"), shop.bob), "\(call)")
        #expect(hidden.message.replacing("bard", with: "zeta") == absent.message, "\(call)")
        #expect(hidden.code == absent.code && hidden.param == absent.param && hidden.sqlState == absent.sqlState)
        #expect(try await shop.refusal(call.replacing("NAME", with: "bard"), shop.alice) == nil, "\(call)")
      }
    }
  }

  @Test func `a suggestion names what the caller may see alone`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      for call in ["quern.generate('bart', 'a')", "quern.generate('stories+bart', 'a')"] {
        let others = try await shop.refusal(call, shop.bob)
        #expect(others?.message.contains("bard") == false, "\(call)")
        let own = try await shop.refusal(call, shop.alice)
        #expect(own?.message.contains(#"did you mean "bard"?"#) == true, "\(call)")
      }
    }
  }

  @Test func `operators, administrators and workers see all`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      for group in ["quern_operator", "quern_admin", "quern_worker"] {
        let session = try await shop.fixture.session(group)
        #expect(try await shop.listed(session) == ["bard@1", "stories@1"], "\(group)")
        let chunk: [UInt8]? = try await session.query("SELECT quern.model_chunk('bard', 'state.txt', 0)").onlyRow
          .decode(0)
        #expect(chunk == Array("bard".utf8), "\(group)")
        await session.close()
      }
    }
  }

  @Test func `what is shared all use and export, and do not learn from whose rows it was made`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      #expect(try await shop.share("bard", shop.alice) == ["bard@1"])
      #expect(try await shop.listed(shop.bob) == ["bard@1", "stories@1"])
      for call in Self.calls.dropLast() {
        #expect(try await shop.refusal(call.replacing("NAME", with: "bard"), shop.bob) == nil, "\(call)")
      }
      let chunk: [UInt8]? = try await shop.bob.query("SELECT quern.model_chunk('bard@1', 'state.txt', 0)").onlyRow
        .decode(0)
      #expect(chunk == Array("bard".utf8))
      for (session, sees) in [(shop.alice, true), (shop.bob, false)] {
        let manifest: JSONValue = try await session.query("SELECT quern.model_manifest('bard')").onlyRow.decode(0)
        let row = try await session.query("SELECT lineage FROM quern.models WHERE name = 'bard'").onlyRow
        for lineage in [manifest["lineage"], try row.decode(0, as: JSONValue?.self)] {
          #expect(lineage?["base"] == "stories@1" && lineage?["parameters"] == ["seed": 1])
          #expect(lineage?["dataset"] == (sees ? "poems@1" : nil))
        }
      }
      #expect(try await shop.share("bard@1", shop.alice, .private) == ["bard@1"])
      #expect(try await shop.listed(shop.bob) == ["stories@1"])
    }
  }

  @Test func `a newer version is private again, and a name means the newest that one sees`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      _ = try await shop.share("bard", shop.alice)
      let job = try await shop.begin("bard", by: shop.alice)
      #expect(try await shop.register(job, "better") == "bard@2")
      for (session, version) in [(shop.alice, 2), (shop.bob, 1)] {
        let manifest: JSONValue = try await session.query("SELECT quern.model_manifest('bard')").onlyRow.decode(0)
        #expect(manifest["version"]?.integer == version)
      }
      #expect(
        try await shop.refusal("quern.generate('stories+bard@2', 'a')", shop.bob)?.message
          .contains("the newest is bard@1") == true
      )
      #expect(try await shop.share("bard", shop.alice) == ["bard@1", "bard@2"])
    }
  }

  @Test func `only owner and administrator decide, and the event says who did`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      _ = try await shop.share("bard", shop.alice)
      for (call, code, words) in [
        (#"'bard', '{"visibility": "private"}'"#, "permission_denied", "not yours"),
        (#"'stories', '{"visibility": "private"}'"#, "permission_denied", "not yours"),
        (#"'bard', '{"visible": true}'"#, "unknown_parameter", "visibility"),
        (#"'bard', '{"visibility": "public"}'"#, "invalid_value", #""private" or "shared""#),
        ("'bard', '{}'", "invalid_value", "not null"), ("'bard', NULL", "invalid_value", "settings"),
        (#"'brd', '{"visibility": "shared"}'"#, "model_not_found", #"did you mean "bard"?"#),
      ] {
        let refusal = try await shop.refusal("quern.set_model(\(call))", shop.bob)
        #expect(
          refusal?.code == code && refusal?.message.contains(words) == true,
          "\(call): \(String(describing: refusal))"
        )
      }
      let admin = try await shop.fixture.session("quern_admin")
      #expect(try await shop.share("bard", admin, .private) == ["bard@1"])
      let by: String = try await admin.query("SELECT quern.caller()").onlyRow.decode(0)
      let told = try await admin.query(
        "SELECT type, model, data ->> 'by' AS by FROM quern.events WHERE type IN ('model_shared', 'model_unshared') ORDER BY id"
      )
      #expect(try told.map { try $0.decode("type", as: String.self) } == ["model_shared", "model_unshared"])
      #expect(try told[1].decode("by", as: String.self) == by && told[1].decode("model", as: String.self) == "bard@1")
      await admin.close()
    }
  }

  @Test func `an adapter is shared after its base, and goes with it`() async throws {
    try await Workshop.run { shop in
      #expect(try await shop.make("whole", by: shop.alice, [:]) == "whole@1")
      try await shop.make("style", by: shop.alice, ["model": "whole", "r": 4])
      let early = try await shop.refusal(#"quern.set_model('style', '{"visibility": "shared"}')"#, shop.alice)
      #expect(early?.code == "invalid_state" && early?.message.contains("whole@1, which is private") == true)
      for name in ["whole", "style"] { _ = try await shop.share(name, shop.alice) }
      #expect(try await shop.refusal("quern.generate('whole+style', 'a')", shop.bob) == nil)
      #expect(try await shop.make("own", by: shop.bob, ["model": "whole", "r": 4]) == "own@1")
      _ = try await shop.share("whole", shop.alice, .private)
      #expect(try await shop.listed(shop.bob) == ["own@1", "stories@1"])
      #expect(try await shop.refusal("quern.generate('style', 'a')", shop.bob)?.code == "model_not_found")
      // His own stays his; what it needs is not there for him.
      let refusal = try await shop.refusal("quern.generate('own', 'a')", shop.bob)
      #expect(refusal?.code == "model_not_found" && refusal?.message.contains(#""whole@1""#) == true)
    }
  }

  @Test func `a name that another holds in private counts as free, and the result gets one of its own`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      let job = try await shop.begin("bard", by: shop.bob)
      #expect(try await shop.register(job, "another") == "bard-\(job.id)@1")
      #expect(try await shop.listed(shop.alice) == ["bard@1", "stories@1"])
      _ = try await shop.share("bard", shop.alice)
      let refusal = try await shop.refusal(
        #"quern.finetune('stories', 'poems', '{"r": 4, "name": "bard"}')"#,
        shop.bob
      )
      #expect(refusal?.message.contains("belongs to somebody else") == true)
    }
  }

  @Test func `an import is shared, and does not fall on another's own version of the same content`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      let made: String = try await shop.fixture.client.query(
        """
        SELECT quern.register_adapter('bard', 'stories', '{"max_position_embeddings": 512}', jsonb_build_array(
          jsonb_build_object('path', 'state.txt', 'sha256', encode(sha256('bard'), 'hex'), 'size', 4)))
        """
      ).onlyRow.decode(0)
      #expect(made == "bard@2")
      #expect(try await shop.listed(shop.bob) == ["bard@2", "stories@1"])
    }
  }
}
