import JSON
import Queue
import Registry

/// What is fine-tuned: a model's directory, and the adapter that goes on to learn if there is one.
struct FinetuneBase: Sendable {
  /// `name@version` of the model.
  let reference: String
  let manifest: ModelManifest
  let directory: String
  /// `name@version`
  let adapter: String?
  let adapterDirectory: String?

  /// - Parameters:
  ///   - model: `name@version`, or with an adapter `name@version+name@version`.
  ///   - adapter: of a parameter; it says the same as the latter part of `model`.
  ///   - attempt: waits for a database that is away.
  init(
    _ model: String,
    adapter: String?,
    _ registry: ModelRegistry,
    _ blobs: BlobCache,
    _ attempt: JobAttempt
  ) async throws {
    func fetch(_ reference: String) async throws -> (ModelManifest, directory: String) {
      try await attempt.insisting {
        let manifest = try await registry.manifest(of: reference)
        return (manifest, try await registry.directory(of: manifest, in: blobs))
      }
    }
    let parts = model.split(separator: "+", maxSplits: 1).map(String.init)
    let named = adapter ?? (parts.count > 1 ? parts[1] : nil)
    (manifest, directory) = try await fetch(parts[0])
    reference = manifest.reference
    guard let named else {
      (self.adapter, adapterDirectory) = (nil, nil)
      return
    }
    // Through its base, so that an adapter of another one is refused.
    let (adapterManifest, adapterDirectory) = try await fetch("\(manifest.reference)+\(named)")
    self.adapter = adapterManifest.reference
    self.adapterDirectory = adapterDirectory
  }
}
