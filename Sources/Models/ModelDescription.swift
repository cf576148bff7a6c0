package import Checkpoints
package import JSON

/// A checkpoint whose files, configuration and tensors fit together; no weight has been read.
struct CheckedCheckpoint {
  let directory: CheckpointDirectory
  let architecture: any Architecture
  let weights: CheckpointWeights
  let configuration: ModelConfiguration

  init(directory path: String) throws(CheckpointError) {
    directory = try CheckpointDirectory(path: path)
    architecture = try readArchitecture(directory)
    weights = try CheckpointWeights(directory: path)
    try architecture.check(weights, path: path)
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
      bosTokenID: special.bos,
      eosTokenIDs: special.eos
    )
  }
}

/// What importing a model needs to know of it.
package struct ModelDescription: Sendable {
  /// `model_type` of config.json.
  package let architecture: String
  package let configuration: ModelConfiguration
  /// Elements of all tensors that the model consists of.
  package let parameterCount: Int
  /// The files that make the model.
  package let files: [CheckpointFile]
  /// config.json as it stands.
  package let configurationJSON: JSONValue

  /// Checks a directory as completely as loading does, without reading weights.
  package static func validate(directory path: String) throws(CheckpointError) -> ModelDescription {
    let checkpoint = try CheckedCheckpoint(directory: path)
    return ModelDescription(
      architecture: checkpoint.directory.configuration["model_type"]?.string ?? "",
      configuration: checkpoint.configuration,
      parameterCount: checkpoint.architecture.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) },
      files: checkpoint.directory.files,
      configurationJSON: .object(checkpoint.directory.configuration)
    )
  }
}
