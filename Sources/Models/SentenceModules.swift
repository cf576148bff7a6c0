internal import Checkpoints
internal import Glibc
internal import JSON

/// What sentence-transformers stores beside a model: how hidden states become embeddings.
///
/// `modules.json` lists what follows the model; the pooling's settings are in `config.json` of its folder.
struct SentenceModules: Sendable, Hashable {
  /// nil: nothing is said.
  let pooling: EmbeddingConfiguration.Pooling?
  let isNormalized: Bool
  /// `max_seq_length` of `sentence_bert_config.json`.
  let maximumTokenCount: Int?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case type, path
    case maximumTokenCount = "max_seq_length"
    case mode = "pooling_mode"
    case cls = "pooling_mode_cls_token"
    case mean = "pooling_mode_mean_tokens"
    case lastToken = "pooling_mode_lasttoken"
    case maximum = "pooling_mode_max_tokens"
    case rootMean = "pooling_mode_mean_sqrt_len_tokens"
    case weightedMean = "pooling_mode_weightedmean_tokens"
  }

  init(directory: String) throws(CheckpointError) {
    let settings = try Self.read(directory + "/sentence_bert_config.json")?.object
    let path = directory + "/modules.json"
    maximumTokenCount =
      if let settings {
        try ConfigurationReader(object: settings, path: directory + "/sentence_bert_config.json")
          .optionalInteger(CodingKeys.maximumTokenCount, in: 1...1 << 26)
      } else { nil }
    var pooling: EmbeddingConfiguration.Pooling?
    var isNormalized = false
    for module in try Self.read(path)?.array ?? [] {
      guard let object = module.object else { throw CheckpointError(path: path, .invalidIndex("lists no objects")) }
      let reader = ConfigurationReader(object: object, path: path)
      let type = try reader.optionalString(CodingKeys.type) ?? ""
      switch type.split(separator: ".").last {
      case "Transformer": break
      case "Pooling": pooling = try Self.pooling(directory, folder: try reader.optionalString(CodingKeys.path) ?? "")
      case "Normalize": isNormalized = true
      default: throw reader.unsupported(CodingKeys.type, type, supported: "Transformer, Pooling, Normalize")
      }
    }
    self.pooling = pooling
    self.isNormalized = isNormalized
  }

  private static func pooling(
    _ directory: String,
    folder: String
  ) throws(CheckpointError) -> EmbeddingConfiguration.Pooling {
    guard isPlainFileName(folder) else {
      throw CheckpointError(path: directory + "/modules.json", .unsafeFileName(folder))
    }
    let path = directory + "/" + folder + "/config.json"
    guard let object = try read(path)?.object else { throw CheckpointError(path: path, .missingFile) }
    let reader = ConfigurationReader(object: object, path: path)
    if let mode = try reader.optionalString(CodingKeys.mode) {
      switch mode {
      case "mean": return .mean
      case "cls": return .cls
      case "lasttoken": return .lastToken
      default: throw reader.unsupported(CodingKeys.mode, mode, supported: "mean, cls, lasttoken")
      }
    }
    var chosen: [CodingKeys] = []
    for key in [CodingKeys.cls, .mean, .lastToken, .maximum, .rootMean, .weightedMean]
    where try reader.flag(key, default: false) { chosen.append(key) }
    switch chosen {
    case [.cls]: return .cls
    case [.mean], []: return .mean
    case [.lastToken]: return .lastToken
    default:
      let names = chosen.map(\.stringValue).joined(separator: ", ")
      throw CheckpointError(
        path: path,
        .unsupported(key: "pooling", value: names, supported: "one of mean, cls, lasttoken")
      )
    }
  }

  /// nil when there is no such file, also because the model is a file and no directory.
  private static func read(_ path: String) throws(CheckpointError) -> JSONValue? {
    do throws(CheckpointError) {
      return try readJSONValue(path)
    } catch {
      if error.reason == .missingFile || error.reason == .cannotRead(errno: ENOTDIR) { return nil }
      throw error
    }
  }
}
