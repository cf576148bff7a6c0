import JSON
import Jobs
import Postgres
import Queue
import Registry
import Testing

/// How what a job makes gets into the registry.
struct MadeModelTests {
  @Test func `its bytes go up before it is registered, and nothing is copied`() async throws {
    try await Workshop.run { shop in
      let job = try await shop.begin("bard", by: shop.alice)
      #expect(try await shop.register(job, "weights") == "bard@1")
      for table in ["checkpoint_chunk", "made_file"] {
        #expect(try await shop.fixture.number("SELECT count(*) FROM quern.\(table)") == 0, "\(table)")
      }
      let owner = try await shop.alice.query(
        "SELECT owner = quern.caller(), visibility FROM quern.models WHERE name = 'bard'"
      )
      .onlyRow
      #expect(try owner.decode(0, as: Bool.self) && owner.decode(1, as: String.self) == "private")
    }
  }

  @Test func `an attempt that is repeated after the registration makes nothing twice`() async throws {
    try await Workshop.run { shop in
      let first = try await shop.begin("bard", by: shop.alice)
      #expect(try await shop.register(first, "weights") == "bard@1")
      _ = try await shop.worker.release([first.attemptID], reason: "drain")
      let second = try #require(await shop.worker.claim([.finetune: 1], running: 0).first)
      #expect(try await shop.register(second, "other weights") == "bard@1")
      #expect(try await shop.listed(shop.alice) == ["bard@1", "stories@1"])
    }
  }

  @Test func `a stale attempt neither stores nor registers`() async throws {
    try await Workshop.run { shop in
      let stale = try await shop.begin("bard", by: shop.alice)
      #expect(try await shop.register(stale, "weights") == "bard@1")
      _ = try await shop.worker.release([stale.attemptID], reason: "drain")
      #expect(try await shop.register(stale, "weights") == nil)
      #expect(try await shop.fixture.number("SELECT count(*) FROM quern.made_file") == 0)
    }
  }

  @Test func `an upload that came to nothing is swept once its attempt is over, what a model has stays`() async throws {
    try await Workshop.run { shop in
      try await shop.make("bard", by: shop.alice)
      let job = try await shop.begin("second", by: shop.alice)
      for text in ["bard", "half"] {
        let manifest = try TextFile(text).manifest
        #expect(try await shop.worker.put(Array(text.utf8), index: 0, of: manifest, for: job.attemptID, in: .models))
      }
      #expect(try await shop.fixture.monitor.sweep()["chunks_swept"] == 0)
      _ = try await shop.worker.release([job.attemptID], reason: "drain")
      #expect(try await shop.fixture.monitor.sweep()["chunks_swept"] == 1)
      #expect(try await shop.fixture.number("SELECT count(*) FROM quern.made_file") == 0)
      #expect(try await shop.refusal("quern.model_chunk('bard', 'state.txt', 0)", shop.alice) == nil)
      #expect(try await shop.fixture.number("SELECT count(*) FROM quern.blob_chunk WHERE sha256 = sha256('bard')") == 1)
    }
  }

  @Test func `a sweep leaves uploads alone while somebody registers`() async throws {
    try await Workshop.run { shop in
      let job = try await shop.begin("bard", by: shop.alice)
      let manifest = try TextFile("half").manifest
      #expect(try await shop.worker.put(Array("half".utf8), index: 0, of: manifest, for: job.attemptID, in: .models))
      _ = try await shop.worker.release([job.attemptID], reason: "drain")
      let importer = try await shop.fixture.connection()
      try await importer.execute(
        script: """
          BEGIN;
          SELECT quern.register_model('found', '{}', jsonb_build_array(
            jsonb_build_object('path', 'half', 'sha256', encode(sha256('half'), 'hex'), 'size', 4)))
          """
      )
      #expect(try await shop.fixture.monitor.sweep()["chunks_swept"] == 0)
      try await importer.execute(script: "COMMIT")
      #expect(try await shop.fixture.monitor.sweep()["chunks_swept"] == 0)
      #expect(try await shop.fixture.number("SELECT count(*) FROM quern.blob_chunk WHERE sha256 = sha256('half')") == 1)
      await importer.close()
    }
  }

  @Test func `what is not stored completely is not registered`() async throws {
    try await Workshop.run { shop in
      let job = try await shop.begin("bard", by: shop.alice)
      let file = try TextFile("absent")
      let made = MadeModel(
        name: "bard",
        base: "stories@1",
        config: [:],
        files: [NewCheckpoint.File(path: "state.txt", location: file.path)],
        detail: [:]
      )
      let error = await #expect(throws: QueueError.self) {
        try await shop.worker.register(made, files: [file.manifest], of: job.attemptID)
      }
      #expect(error?.refusal?.message.contains("store its chunks first") == true)
    }
  }
}
