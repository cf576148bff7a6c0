internal import FoundationEssentials
package import JSON

/// A LoRA adapter in PEFT's layout (`adapter_config.json`, `adapter_model.safetensors`): W + scale · B · A in f32, where
/// it is merged into the weights of its base model when they are read.
package struct AdapterCheckpoint: Sendable {
  package let path: String
  package let configuration: AdapterConfiguration
  let weights: CheckpointWeights

  package static let weightsFileName = "adapter_model.safetensors"
  /// Before the module names of the base model.
  package static let prefix = "base_model.model."

  package init(directory path: String) throws(CheckpointError) {
    self.path = path
    configuration = try AdapterConfiguration(path: path + "/" + AdapterConfiguration.fileName)
    let file = path + "/" + Self.weightsFileName
    if !FileManager.default.fileExists(atPath: file),
      FileManager.default.fileExists(atPath: path + "/adapter_model.bin")
    {
      throw CheckpointError(path: path + "/adapter_model.bin", .pickledWeights)
    }
    weights = try CheckpointWeights(file: file)
  }

  /// The tensors of the file by the module that they belong to.
  package func modules() throws(CheckpointError) -> [String: AdapterModule] {
    var modules: [String: AdapterModule] = [:]
    for name in weights.names {
      guard name.hasPrefix(Self.prefix), let tensor = weights[name] else {
        throw CheckpointError(path: file, .unexpectedTensor(name))
      }
      guard GGMLType(tensor.entry.dtype) != nil else {
        throw CheckpointError(path: file, .unsupportedDType(tensor: name, dtype: tensor.entry.dtype.rawValue))
      }
      let (module, part) = try split(String(name.dropFirst(Self.prefix.count)))
      modules[module, default: AdapterModule()][keyPath: part] = tensor
    }
    return modules
  }

  /// Whether it changes layers by low-rank matrices alone, and not the head.
  package var isLowRank: Bool {
    get throws(CheckpointError) {
      try modules().allSatisfy { name, module in
        let isLowRank = module.embeddingDown == nil && module.embeddingUp == nil
        return isLowRank && module.weight == nil && module.bias == nil && !AdapterConfiguration.matches(name, "lm_head")
      }
    }
  }

  /// `adapter_config.json` as it stands.
  package var configurationJSON: JSONObject { configuration.object }

  /// Elements of all tensors.
  package var parameterCount: Int { weights.entries.values.reduce(0) { $0 + $1.elementCount } }

  /// The files of an adapter's directory.
  package static let fileNames = [AdapterConfiguration.fileName, weightsFileName]

  /// The paths of the files of an adapter's directory.
  package static func files(_ directory: String) -> [String] { fileNames.map { directory + "/" + $0 } }

  var file: String { path + "/" + Self.weightsFileName }

  private func split(
    _ name: String
  ) throws(CheckpointError) -> (String, WritableKeyPath<AdapterModule, CheckpointWeights.Tensor?>) {
    let parts: [(String, WritableKeyPath<AdapterModule, CheckpointWeights.Tensor?>)] = [
      (".lora_A.weight", \.down), (".lora_B.weight", \.up), (".lora_embedding_A", \.embeddingDown),
      (".lora_embedding_B", \.embeddingUp), (".weight", \.weight), (".bias", \.bias),
    ]
    guard let (suffix, part) = parts.first(where: { name.hasSuffix($0.0) }), !name.contains(".lora_magnitude") else {
      throw CheckpointError(path: file, .unexpectedTensor(name))
    }
    return (String(name.dropLast(suffix.count)), part)
  }
}

/// What an adapter file has for one module.
package struct AdapterModule: Sendable {
  /// A [rank, inputs] and B [outputs, rank].
  package var down: CheckpointWeights.Tensor?
  package var up: CheckpointWeights.Tensor?
  /// A [rank, tokens] and B [width, rank].
  package var embeddingDown: CheckpointWeights.Tensor?
  package var embeddingUp: CheckpointWeights.Tensor?
  /// Whole tensors that were trained.
  package var weight: CheckpointWeights.Tensor?
  package var bias: CheckpointWeights.Tensor?
}
