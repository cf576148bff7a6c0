internal import Checkpoints
internal import JSON

/// One family of models: reads its configuration, names its tensors, builds the model.
protocol Architecture: Sendable {
  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError)
  var configuration: ModelConfiguration { get }
  /// What the names of all tensors but the head's begin with; empty in files of the model without its head.
  var prefix: String { get set }
  /// Whether rows see the rows after them, so that there is no next token to predict.
  static var isEncoder: Bool { get }
  /// Every tensor the model consists of, with the shape that the configuration asks for, the head's apart.
  var tensors: [TensorRequirement] { get }
  /// None when the head is the embedding again, or there is none.
  var headTensors: [TensorRequirement] { get }
  /// Tensors that files of this family may hold in addition and that nothing needs; `name` is without the prefix.
  func isIgnorable(_ name: String) -> Bool
  /// The tensors, with those of the head if it is wanted, have been checked before.
  func build(_ loader: WeightLoader, withHead: Bool) -> Transformer
}

/// The architectures by `model_type` of config.json: adding one is a file in Architectures and a line here.
let architectures: [String: any Architecture.Type] = [
  "bert": BertArchitecture.self,
  "gemma2": GemmaArchitecture.self,
  "gemma3_text": GemmaArchitecture.self,
  "gpt2": GPT2Architecture.self,
  "llama": LlamaArchitecture.self,
  "mistral": LlamaArchitecture.self,
  "phi3": Phi3Architecture.self,
  "qwen2": LlamaArchitecture.self,
  "qwen3": LlamaArchitecture.self,
  "roberta": BertArchitecture.self,
  "xlm-roberta": BertArchitecture.self,
]

private enum CodingKeys: String, CodingKey {
  case modelType = "model_type"
  case bosTokenID = "bos_token_id"
  case eosTokenIDs = "eos_token_id"
}

/// Picks the architecture that config.json names and lets it read the rest.
func readArchitecture(_ directory: CheckpointDirectory) throws(CheckpointError) -> any Architecture {
  try readArchitecture(directory.configuration, path: directory.configurationPath)
}

/// - Parameter path: where the configuration stands, for messages.
func readArchitecture(_ configuration: JSONObject, path: String) throws(CheckpointError) -> any Architecture {
  let reader = ConfigurationReader(object: configuration, path: path)
  guard let modelType = try reader.optionalString(CodingKeys.modelType) else {
    throw CheckpointError(path: path, .missingKey(CodingKeys.modelType.stringValue))
  }
  guard let type = architectures[modelType] else {
    let supported = architectures.keys.sorted().joined(separator: ", ")
    throw CheckpointError(path: path, .unsupported(key: "model_type", value: modelType, supported: supported))
  }
  try reader.refuseForeignSettings()
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
