import Foundation
import JSON
import Postgres
import PostgresTestSupport
import Registry
import Testing

struct ModelRegistryTests {
  private let directory = TemporaryDirectory()

  @Test func `what is registered comes back, file by file, on a host that has nothing`() async throws {
    let large = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try directory.write("in/weights", large)
    try directory.write("in/empty", Data())
    try await withRegistry { registry, _ in
      let name = try await register(registry, ["weights", "empty"])
      #expect(name == "tiny@1")
      let manifest = try await registry.manifest(of: "tiny")
      #expect(manifest.reference == "tiny@1" && manifest.contextLength == 512)
      let local = try await registry.directory(of: manifest, in: BlobCache(directory: directory.path + "/cache"))
      #expect(try Data(contentsOf: URL(filePath: local + "/weights")) == large)
      #expect(try Data(contentsOf: URL(filePath: local + "/empty")).isEmpty)
    }
  }

  @Test func `the same content is the same version, other content the next one`() async throws {
    try directory.write("in/weights", Data("one".utf8))
    try await withRegistry { registry, _ in
      #expect(try await register(registry, ["weights"]) == "tiny@1")
      #expect(try await register(registry, ["weights"]) == "tiny@1")
      try directory.write("in/weights", Data("two".utf8))
      #expect(try await register(registry, ["weights"]) == "tiny@2")
      #expect(try await registry.manifest(of: "tiny").version == 2)
      #expect(try await registry.manifest(of: "tiny@1").version == 1)
    }
  }

  @Test func `another precision of the same content is another version, whose files are not stored again`() async throws
  {
    try directory.write("in/weights", Data("one".utf8))
    try await withRegistry { registry, client in
      #expect(try await register(registry, ["weights"]) == "tiny@1")
      #expect(try await registry.manifest(of: "tiny").precision == "f32")
      #expect(try await register(registry, ["weights"], precision: "q8") == "tiny@2")
      #expect(try await register(registry, ["weights"], precision: "q8") == "tiny@2")
      #expect(try await registry.manifest(of: "tiny").precision == "q8")
      #expect(try await registry.manifest(of: "tiny@1").precision == "f32")
      let chunks: Int = try await client.query("SELECT count(*) FROM quern.blob_chunk")[0].decode(0)
      #expect(chunks == 1)
    }
  }

  @Test func `a registration that fails leaves nothing`() async throws {
    try directory.write("in/weights", Data("one".utf8))
    try await withRegistry { registry, client in
      await #expect(throws: RegistryError.self) { try await register(registry, ["weights", "missing"]) }
      await #expect(throws: (any Error).self) { try await register(registry, ["weights"], name: "not a name") }
      let rows: Int = try await client.query("SELECT count(*) FROM quern.blob_chunk")[0].decode(0)
      #expect(rows == 0)
    }
  }

  @Test func `a blob whose bytes are not what its name says is refused, and no file is left`() async throws {
    try directory.write("in/weights", Data("one".utf8))
    try await withRegistry { registry, client in
      _ = try await register(registry, ["weights"])
      _ = try await client.query("UPDATE quern.blob_chunk SET bytes = 'two'")
      let manifest = try await registry.manifest(of: "tiny")
      let cache = BlobCache(directory: directory.path + "/cache")
      await #expect(throws: RegistryError.self) { try await registry.directory(of: manifest, in: cache) }
      #expect(!cache.contains(manifest.files[0].blob))
      let left = try FileManager.default.subpathsOfDirectory(atPath: cache.directory)
      #expect(left.allSatisfy { !$0.contains(manifest.files[0].blob.description) })
    }
  }

  @Test func `a manifest whose paths lead out of the directory is refused`() async throws {
    try directory.write("in/weights", Data("one".utf8))
    try await withRegistry { registry, client in
      _ = try await register(registry, ["weights"])
      _ = try await client.query("ALTER TABLE quern.model_file DROP CONSTRAINT model_file_path_check")
      _ = try await client.query("UPDATE quern.model_file SET path = '../weights'")
      await #expect(throws: RegistryError.self) { try await registry.manifest(of: "tiny") }
    }
  }

  private func register(
    _ registry: ModelRegistry,
    _ files: [String],
    name: String = "tiny",
    precision: String = "f32"
  ) async throws -> String {
    try await registry.register(
      name,
      files: files.map { .init(path: $0, location: "\(directory.path)/in/\($0)") },
      config: ["model_type": "llama"],
      detail: ["context_length": 512, "precision": .string(precision)]
    )
  }

  private func withRegistry(_ body: @Sendable (ModelRegistry, PostgresClient) async throws -> Void) async throws {
    try await withDatabase(migrated: true) { client in try await body(ModelRegistry(client), client) }
  }
}

/// Removed with its last reference.
private final class TemporaryDirectory: Sendable {
  let path = NSTemporaryDirectory() + "quern-registry-\(UUID().uuidString)"

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ data: Data) throws {
    let file = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }
}
