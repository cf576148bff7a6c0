package import Checkpoints
package import JSON
package import Tensors

/// A checkpoint whose files, configuration and tensors fit together; no weight has been read.
struct CheckedCheckpoint {
  let directory: CheckpointDirectory
  let architecture: any Architecture
  let weights: CheckpointWeights
  /// The paths of the model's files, and of the adapter's if there is one.
  let files: [String]
  let adapterFiles: [String]
  let configuration: ModelConfiguration
  /// Whether it predicts tokens; an encoder, or a decoder that was stored without its head, gives hidden states alone.
  let hasHead: Bool
  /// What the names of the architecture's tensors begin with and those of this checkpoint do not.
  let missingPrefix: String

  /// - Parameter adapter: a directory in PEFT's layout, to be merged into the weights.
  init(directory path: String, adapter: String? = nil) throws(CheckpointError) {
    directory = try CheckpointDirectory(path: path)
    var architecture = try readArchitecture(directory)
    let base = try CheckpointWeights(directory)
    let weights = if let adapter { try base.applying(try AdapterCheckpoint(directory: adapter)) } else { base }
    var bare = architecture
    bare.prefix = ""
    let isBare = bare.tensors.first.map { weights[$0.name] != nil } ?? false
    missingPrefix = isBare ? architecture.prefix : ""
    if isBare { architecture = bare }
    let missingHead = architecture.headTensors.first { weights[$0.name] == nil }
    hasHead = !type(of: architecture).isEncoder && (missingHead == nil || !isBare)
    try architecture.check(weights, withHead: hasHead, path: path)
    self.architecture = architecture
    self.weights = weights
    let root = directory.root
    files = directory.files.map { root + "/" + $0.path }
    adapterFiles = adapter.map(AdapterCheckpoint.files) ?? []
    let shape = architecture.configuration
    let special = try readSpecialTokens(directory, vocabularySize: shape.vocabularySize)
    configuration = ModelConfiguration(
      vocabularySize: shape.vocabularySize,
      hiddenSize: shape.hiddenSize,
      layerCount: shape.layerCount,
      headCount: shape.headCount,
      keyValueHeadCount: shape.keyValueHeadCount,
      headSize: shape.headSize,
      maxPositionCount: shape.maxPositionCount,
      longContextStart: shape.longContextStart,
      bosTokenID: special.bos,
      eosTokenIDs: special.eos
    )
  }

  /// Refuses what cannot predict tokens.
  func requireHead() throws(CheckpointError) {
    if hasHead { return }
    if let tensor = architecture.headTensors.first {
      throw CheckpointError(path: directory.path, .missingTensor(tensor.name))
    }
    let decoders = architectures.filter { !$0.value.isEncoder }.keys.sorted().joined(separator: ", ")
    let reason = CheckpointError.Reason.unsupported(key: "model_type", value: modelType, supported: decoders)
    throw CheckpointError(path: directory.path, reason)
  }

  /// `model_type` of config.json.
  var modelType: String { directory.configuration["model_type"]?.string ?? "" }

  /// All tensors that the model consists of.
  var tensors: [TensorRequirement] { architecture.tensors + (hasHead ? architecture.headTensors : []) }
}

/// What importing a model needs to know of it.
package struct ModelDescription: Sendable {
  /// `model_type` of config.json.
  package let architecture: String
  package let configuration: ModelConfiguration
  /// Whether the model predicts tokens. All models give embeddings.
  package let canGenerate: Bool
  /// Elements of all tensors that the model consists of.
  package let parameterCount: Int
  private let weightByteCounts: [Precision: Int]
  /// The files that make the model.
  package let files: [CheckpointFile]
  /// The directory that the files' paths start from.
  package let root: String
  /// config.json as it stands; for a GGUF file, what it would be.
  package let configurationJSON: JSONValue

  /// Checks a directory or a GGUF file as completely as loading does, without reading weights.
  package static func validate(directory path: String) throws(CheckpointError) -> ModelDescription {
    let checkpoint = try CheckedCheckpoint(directory: path)
    return ModelDescription(
      architecture: checkpoint.modelType,
      configuration: checkpoint.configuration,
      canGenerate: checkpoint.hasHead,
      parameterCount: checkpoint.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) },
      weightByteCounts: Dictionary(
        uniqueKeysWithValues: Precision.allCases.map { ($0, checkpoint.packedByteCount($0)) }
      ),
      files: checkpoint.directory.files,
      root: checkpoint.directory.root,
      configurationJSON: .object(checkpoint.directory.configuration)
    )
  }

  /// Bytes that the weights take in memory, once they are packed.
  package func weightByteCount(_ precision: Precision) -> Int { weightByteCounts[precision, default: 0] }
}
