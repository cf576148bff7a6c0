internal import FoundationEssentials

/// A LoRA adapter in PEFT's layout (`adapter_config.json`, `adapter_model.safetensors`), to be merged into the weights
/// of its base model when they are read: W + scale · B · A, in f32.
package struct AdapterCheckpoint: Sendable {
  package let path: String
  let configuration: AdapterConfiguration
  let weights: CheckpointWeights

  static let weightsFileName = "adapter_model.safetensors"
  private static let prefix = "base_model.model."

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
  func modules() throws(CheckpointError) -> [String: AdapterModule] {
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

  /// The paths of the files of an adapter's directory.
  package static func files(_ directory: String) -> [String] {
    [AdapterConfiguration.fileName, weightsFileName].map { directory + "/" + $0 }
  }

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
struct AdapterModule: Sendable {
  /// A [rank, inputs] and B [outputs, rank].
  var down: CheckpointWeights.Tensor?
  var up: CheckpointWeights.Tensor?
  /// A [rank, tokens] and B [width, rank].
  var embeddingDown: CheckpointWeights.Tensor?
  var embeddingUp: CheckpointWeights.Tensor?
  /// Whole tensors that were trained.
  var weight: CheckpointWeights.Tensor?
  var bias: CheckpointWeights.Tensor?
}
