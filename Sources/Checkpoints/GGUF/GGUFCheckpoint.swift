internal import JSON

/// A GGUF file as the Hugging Face checkpoint that it was made from: `config.json`, tensor names, tensor values.
struct GGUFCheckpoint: Sendable {
  let file: GGUFFile
  let configuration: JSONObject
  let tensors: [TranslatedTensor]

  struct TranslatedTensor: Sendable {
    let entry: TensorEntry
    let stored: GGUFTensor
    let transform: GGUFTransform
  }

  init(path: String) throws(CheckpointError) {
    file = try GGUFFile(path: path)
    let architecture = try Self.architecture(file.metadata, path: path)
    let translation = GGUFConfiguration(file: file, architecture: architecture)
    configuration = try translation.json()
    let heads = try translation.headCounts()
    var tensors: [TranslatedTensor] = []
    for stored in file.tensors where !Self.isConsumed(stored.name) {
      guard let name = architecture.name(of: stored.name) else {
        throw CheckpointError(path: path, .unexpectedTensor(stored.name))
      }
      let transform = architecture.transform(name, headCount: heads.query, keyValueHeadCount: heads.keyValue)
      if let problem = transform.problem(stored.shape) {
        throw CheckpointError(path: path, .invalidGGUF(what: stored.name, problem: problem))
      }
      tensors.append(Self.translated(stored, name: name.name, transform))
    }
    self.tensors = tensors
  }

  /// Values that change, or that no dtype of safetensors holds, come out as f32.
  private static func translated(_ stored: GGUFTensor, name: String, _ transform: GGUFTransform) -> TranslatedTensor {
    let entry = TensorEntry(
      name: name,
      dtype: transform == .none ? stored.type.storedType ?? .float32 : .float32,
      shape: transform == .transposed ? stored.shape.reversed() : stored.shape,
      range: stored.range
    )
    return TranslatedTensor(entry: entry, stored: stored, transform: transform)
  }

  /// Read by the configuration, or known to be computed again.
  private static func isConsumed(_ name: String) -> Bool {
    [GGUFArchitecture.ropeFactors, GGUFArchitecture.longRopeFactors, GGUFArchitecture.shortRopeFactors].contains(name)
      || name.hasSuffix(".attn_rot_embd.weight")
  }

  private static func architecture(
    _ metadata: GGUFMetadata,
    path: String
  ) throws(CheckpointError) -> GGUFArchitecture {
    if let parts = try metadata.integer("split.count"), parts > 1 {
      throw CheckpointError(path: path, .splitGGUF(parts: parts))
    }
    if let type = try metadata.string("general.type"), type != "model" {
      throw CheckpointError(path: path, .unsupported(key: "general.type", value: type, supported: "model"))
    }
    let key = GGUFMetadata.architectureKey
    guard let name = try metadata.string(key) else { throw CheckpointError(path: path, .missingKey(key)) }
    guard let architecture = GGUFArchitecture(rawValue: name) else {
      let supported = GGUFArchitecture.allCases.map(\.rawValue).joined(separator: ", ")
      throw CheckpointError(path: path, .unsupported(key: key, value: name, supported: supported))
    }
    return architecture
  }
}
