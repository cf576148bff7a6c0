package import JSON
package import Postgres

/// Models and adapters in the database: content-addressed files and the manifests that name them.
package struct ModelRegistry: Sendable {
  private let client: PostgresClient

  package init(_ client: PostgresClient) {
    self.client = client
  }

  /// A file on its way in.
  package struct Source: Sendable {
    /// Its name inside the model.
    package let path: String
    /// Where it is now.
    package let location: String

    package init(path: String, location: String) {
      self.path = path
      self.location = location
    }
  }

  /// Stores the files and registers the next version of `name`, in one transaction: all of it or nothing.
  /// - Parameter detail: `context_length`, `longest_token_bytes`, `parameters`, `lineage` and what else describes the
  ///   model.
  /// - Parameter progress: bytes stored so far, of all.
  /// - Returns: `name@version`; the same content under the same name is the same version.
  package func register(
    _ name: String,
    files: [Source],
    config: JSONValue,
    detail: JSONValue,
    progress: (_ stored: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws -> String {
    try await register(files, progress) { "SELECT quern.register_model(\(name), \(config), \($0), \(detail))" }
  }

  /// As `register`, of an adapter.
  /// - Parameters:
  ///   - base: the model that it belongs to.
  ///   - config: `adapter_config.json`.
  /// - Throws: also the server's `adapter_base_mismatch`.
  package func registerAdapter(
    _ name: String,
    base: String,
    files: [Source],
    config: JSONValue,
    detail: JSONValue,
    progress: (_ stored: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws -> String {
    try await register(files, progress) {
      "SELECT quern.register_adapter(\(name), \(base), \(config), \($0), \(detail))"
    }
  }

  private func register(
    _ files: [Source],
    _ progress: (_ stored: Int, _ total: Int) -> Void,
    _ query: (_ files: JSONValue) -> PostgresQuery
  ) async throws -> String {
    let entries = try files.map {
      ($0, try BlobID(contentsOf: $0.location), try FileChunks(path: $0.location).byteCount())
    }
    let total = entries.reduce(0) { $0 + $1.2 }
    var stored = 0
    return try await client.withTransaction { connection in
      for (source, blob, size) in entries {
        if try await !has(blob, on: connection) {
          try await store(source.location, as: blob, size: size, on: connection) { count in
            progress(stored + count, total)
          }
        }
        stored += size
        progress(stored, total)
      }
      let manifest = JSONValue.array(
        entries.map { source, blob, size in
          ["path": .string(source.path), "sha256": .string(blob.description), "size": JSONValue(size)]
        }
      )
      return try await connection.query(query(manifest))[0].decode(0)
    }
  }

  /// Of a model, or of an adapter: alone or as `base+adapter`.
  /// - Throws: the server's `model_not_found` or `adapter_not_found` with the nearest name.
  package func manifest(of model: String) async throws -> ModelManifest {
    let result = try await client.query("SELECT quern.model_manifest(\(model))")
    return try ModelManifest(try result[0].decode(0))
  }

  /// A local directory with the files of the model; downloads what the cache lacks.
  package func directory(of manifest: ModelManifest, in cache: BlobCache) async throws -> String {
    for file in manifest.files where !cache.contains(file.blob) {
      _ = try await cache.store(file.blob, size: file.size) { index in
        try await chunk(index, of: file.path, in: manifest.reference)
      }
    }
    let content = BlobID.combining(manifest.files.map { "\($0.path) \($0.blob)" })
    return try cache.link(manifest.files, as: "\(manifest.reference)-\(content.description.prefix(12))")
  }

  /// Says who sees and uses a model or an adapter: `name@version`, or all versions of a name that are the caller's.
  /// - Returns: the versions, as `name@version`.
  /// - Throws: the server's `model_not_found`, `permission_denied`; `invalid_state` for an adapter whose base is private.
  package func setVisibility(of model: String, to visibility: ModelVisibility) async throws -> [String] {
    let settings: JSONValue = ["visibility": .string(visibility.rawValue)]
    return try await client.query("SELECT quern.set_model(\(model), \(settings))")[0].decode(0)
  }

  private func has(_ blob: BlobID, on connection: PostgresConnection) async throws -> Bool {
    try await connection.query("SELECT quern.has_blob(\(blob.bytes))")[0].decode(0)
  }

  private func store(
    _ path: String,
    as blob: BlobID,
    size: Int,
    on connection: PostgresConnection,
    progress: (Int) -> Void
  ) async throws {
    var index: Int32 = 0
    var count = 0
    func put(_ bytes: [UInt8]) async throws {
      _ = try await connection.query("SELECT quern.put_blob_chunk(\(blob.bytes), \(index), \(size), \(bytes))")
      index += 1
      count += bytes.count
      progress(count)
    }
    // An empty blob has one empty chunk: what has none is not stored.
    if size == 0 { return try await put([]) }
    try await FileChunks(path: path).forEach(put)
  }

  private func chunk(_ index: Int, of path: String, in model: String) async throws -> [UInt8]? {
    try await client.query("SELECT quern.model_chunk(\(model), \(path), \(Int32(index)))")[0].decode(0)
  }
}
