package import Checkpoints
package import JSON

/// What importing an adapter needs to know of it.
package struct AdapterDescription: Sendable {
  /// adapter_config.json as it stands.
  package let configurationJSON: JSONValue
  /// Elements of its tensors.
  package let parameterCount: Int

  /// Checks an adapter against its base as completely as loading does; of the base its configuration is enough.
  /// - Parameters:
  ///   - path: a directory in PEFT's layout.
  ///   - base: the base's config.json.
  ///   - baseName: for messages.
  package static func validate(
    directory path: String,
    base: JSONObject,
    baseName: String
  ) throws(CheckpointError) -> AdapterDescription {
    let adapter = try AdapterCheckpoint(directory: path)
    let architecture = try readArchitecture(base, path: baseName)
    var bare = architecture
    bare.prefix = ""
    // Adapters of the model without its head name its tensors without a prefix.
    do throws(CheckpointError) {
      try adapter.check(against: shapes(of: architecture))
    } catch {
      guard (try? adapter.check(against: shapes(of: bare))) != nil else { throw error }
    }
    return AdapterDescription(
      configurationJSON: .object(adapter.configurationJSON),
      parameterCount: adapter.parameterCount
    )
  }

  private static func shapes(of architecture: any Architecture) -> [String: [Int]] {
    let tensors = architecture.tensors + architecture.headTensors
    return Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
  }
}
