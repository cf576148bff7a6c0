internal import Checkpoints
internal import JSON

/// One family of models: reads its configuration, names its tensors, builds the model.
protocol Architecture: Sendable {
  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError)
  var configuration: ModelConfiguration { get }
  /// Every tensor the model consists of, with the shape that the configuration asks for.
  var tensors: [TensorRequirement] { get }
  /// Tensors that files of this family may hold in addition and that nothing needs.
  func isIgnorable(_ name: String) -> Bool
  /// All `tensors` have been checked before.
  func build(_ loader: WeightLoader) -> Transformer
}

/// The architectures by `model_type` of config.json: adding one is a file in Architectures and a line here.
let architectures: [String: any Architecture.Type] = [
  "llama": LlamaArchitecture.self,
  "mistral": LlamaArchitecture.self,
  "qwen2": LlamaArchitecture.self,
]

private enum CodingKeys: String, CodingKey {
  case modelType = "model_type"
  case bosTokenID = "bos_token_id"
  case eosTokenIDs = "eos_token_id"
}

/// Picks the architecture that config.json names and lets it read the rest.
func readArchitecture(_ directory: CheckpointDirectory) throws(CheckpointError) -> any Architecture {
  let path = directory.path + "/" + CheckpointDirectory.configurationFileName
  let reader = ConfigurationReader(object: directory.configuration, path: path)
  guard let modelType = try reader.optionalString(CodingKeys.modelType) else {
    throw CheckpointError(path: path, .missingKey(CodingKeys.modelType.stringValue))
  }
  guard let type = architectures[modelType] else {
    let supported = architectures.keys.sorted().joined(separator: ", ")
    throw CheckpointError(path: path, .unsupported(key: "model_type", value: modelType, supported: supported))
  }
  return try type.init(reader, modelType: modelType)
}

/// The beginning and end tokens: generation_config.json overrides config.json.
func readSpecialTokens(
  _ directory: CheckpointDirectory,
  vocabularySize: Int
) throws(CheckpointError) -> (bos: Int?, eos: [Int]) {
  var bos: Int?
  var eos: [Int] = []
  let sources = [
    (directory.generationConfiguration, CheckpointDirectory.generationConfigurationFileName),
    (directory.configuration, CheckpointDirectory.configurationFileName),
  ]
  for (object, name) in sources {
    guard let object else { continue }
    let reader = ConfigurationReader(object: object, path: directory.path + "/" + name)
    if bos == nil { bos = try reader.tokenIDs(CodingKeys.bosTokenID, vocabularySize: vocabularySize).first }
    if eos.isEmpty { eos = try reader.tokenIDs(CodingKeys.eosTokenIDs, vocabularySize: vocabularySize) }
  }
  return (bos, eos)
}
