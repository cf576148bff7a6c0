import Checkpoints
package import JSON
import Models
package import Registry

/// Brings a LoRA adapter in PEFT's layout into the registry: it is checked against its base before anything is stored.
package struct AdapterImporter: Sendable {
  private let registry: ModelRegistry

  package init(_ registry: ModelRegistry) {
    self.registry = registry
  }

  /// - Parameters:
  ///   - base: the registered model that it belongs to.
  ///   - lineage: what it was made from, where that is known.
  ///   - progress: bytes stored so far, of all.
  /// - Returns: the adapter's `name@version`.
  /// - Throws: `CheckpointError`; the registry's and the server's errors.
  package func importAdapter(
    at path: String,
    name: String,
    base: String,
    lineage: JSONObject? = nil,
    progress: (_ stored: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws -> String {
    let manifest = try await registry.manifest(of: base)
    guard manifest.base == nil, let configuration = manifest.json["config"]?.object else {
      throw AdapterImportError.baseIsAdapter(manifest.reference, base: manifest.base ?? "")
    }
    let adapter = try AdapterDescription.validate(
      directory: path,
      base: configuration,
      baseName: manifest.reference
    )
    var detail: JSONObject = ["parameters": JSONValue(adapter.parameterCount)]
    if let lineage { detail["lineage"] = .object(lineage) }
    return try await registry.registerAdapter(
      name,
      base: manifest.reference,
      files: AdapterCheckpoint.fileNames.map { .init(path: $0, location: "\(path)/\($0)") },
      config: adapter.configurationJSON,
      detail: .object(detail),
      progress: progress
    )
  }
}

package enum AdapterImportError: Error, Hashable, CustomStringConvertible {
  case baseIsAdapter(String, base: String)

  package var description: String {
    switch self {
    case .baseIsAdapter(let name, let base): "\(name) is an adapter itself; give its base with --base \(base)"
    }
  }
}
