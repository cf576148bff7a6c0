internal import Checkpoints
internal import JSON
internal import Tensors

/// config.json of Llama and of the models that differ from it by a value: Mistral (window), Qwen2 (biases).
struct LlamaConfiguration: Sendable, Hashable {
  let vocabularySize: Int
  let hiddenSize: Int
  let intermediateSize: Int
  let layerCount: Int
  let headCount: Int
  let keyValueHeadCount: Int
  let headSize: Int
  let maxPositionCount: Int
  let rmsNormEpsilon: Double
  let ropeTheta: Double
  let ropeScaling: RopeScaling
  let tieWordEmbeddings: Bool
  let hasQueryKeyValueBias: Bool
  let hasOutputBias: Bool
  let hasFeedForwardBias: Bool
  /// Positions that a row of a layer from `firstWindowLayer` on sees; nil: all.
  let slidingWindow: Int?
  let firstWindowLayer: Int

  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case layerCount = "num_hidden_layers"
    case headCount = "num_attention_heads"
    case keyValueHeadCount = "num_key_value_heads"
    case headSize = "head_dim"
    case maxPositionCount = "max_position_embeddings"
    case rmsNormEpsilon = "rms_norm_eps"
    case ropeTheta = "rope_theta"
    case ropeScaling = "rope_scaling"
    case ropeParameters = "rope_parameters"
    case tieWordEmbeddings = "tie_word_embeddings"
    case hiddenActivation = "hidden_act"
    case attentionBias = "attention_bias"
    case feedForwardBias = "mlp_bias"
    case slidingWindow = "sliding_window"
    case usesSlidingWindow = "use_sliding_window"
    case firstWindowLayer = "max_window_layers"
  }

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    vocabularySize = try reader.integer(CodingKeys.vocabularySize, in: 1...1 << 24)
    hiddenSize = try reader.integer(CodingKeys.hiddenSize, in: 1...1 << 18)
    intermediateSize = try reader.integer(CodingKeys.intermediateSize, in: 1...1 << 20)
    layerCount = try reader.integer(CodingKeys.layerCount, in: 1...4096)
    headCount = try reader.integer(CodingKeys.headCount, in: 1...4096)
    keyValueHeadCount = try reader.optionalInteger(CodingKeys.keyValueHeadCount, in: 1...4096) ?? headCount
    guard headCount % keyValueHeadCount == 0 else {
      throw reader.invalid(CodingKeys.keyValueHeadCount, "is \(keyValueHeadCount), no divisor of \(headCount) heads")
    }
    headSize = try Self.headSize(reader, hiddenSize: hiddenSize, headCount: headCount)
    maxPositionCount = try reader.integer(CodingKeys.maxPositionCount, in: 1...1 << 26)
    rmsNormEpsilon = try reader.optionalNumber(CodingKeys.rmsNormEpsilon, in: 0...1) ?? 1e-6
    let rope = try reader.optionalReader(CodingKeys.ropeParameters)
    let theta = try rope?.optionalNumber(CodingKeys.ropeTheta, in: 1...1e12)
    let oldTheta = try reader.optionalNumber(CodingKeys.ropeTheta, in: 1...1e12)
    ropeTheta = theta ?? oldTheta ?? 10_000
    let scaling = try reader.optionalReader(CodingKeys.ropeScaling)
    ropeScaling = if let scaling = rope ?? scaling { try RopeScaling(scaling) } else { .none }
    tieWordEmbeddings = try reader.flag(CodingKeys.tieWordEmbeddings, default: false)
    let hasAttentionBias = try reader.flag(CodingKeys.attentionBias, default: false)
    hasQueryKeyValueBias = hasAttentionBias || modelType == "qwen2"
    hasOutputBias = hasAttentionBias
    hasFeedForwardBias = try reader.flag(CodingKeys.feedForwardBias, default: false)
    let usesWindow = try reader.flag(CodingKeys.usesSlidingWindow, default: modelType == "mistral")
    let window = try reader.optionalInteger(CodingKeys.slidingWindow, in: 1...1 << 26)
    slidingWindow = usesWindow ? window : nil
    let firstWindowLayer = try reader.optionalInteger(CodingKeys.firstWindowLayer, in: 0...4096)
    self.firstWindowLayer = modelType == "qwen2" ? firstWindowLayer ?? 0 : 0
    try Self.checkActivation(reader)
  }

  func shape(layer: Int) -> AttentionShape {
    AttentionShape(
      headCount: headCount,
      keyValueHeadCount: keyValueHeadCount,
      headSize: headSize,
      window: layer >= firstWindowLayer ? slidingWindow : nil
    )
  }

  private static func headSize(
    _ reader: ConfigurationReader,
    hiddenSize: Int,
    headCount: Int
  ) throws(CheckpointError) -> Int {
    let given = try reader.optionalInteger(CodingKeys.headSize, in: 2...KVCache.maximumHeadSize)
    guard let size = given ?? (hiddenSize % headCount == 0 ? hiddenSize / headCount : nil) else {
      throw reader.invalid(CodingKeys.hiddenSize, "is \(hiddenSize), no multiple of \(headCount) heads")
    }
    guard size % 2 == 0, size <= KVCache.maximumHeadSize else {
      throw reader.invalid(CodingKeys.headSize, "is \(size), not even and at most \(KVCache.maximumHeadSize)")
    }
    return size
  }

  private static func checkActivation(_ reader: ConfigurationReader) throws(CheckpointError) {
    let activation = try reader.optionalString(CodingKeys.hiddenActivation) ?? "silu"
    guard activation == "silu" || activation == "swish" else {
      let reason = CheckpointError.Reason.unsupported(
        key: CodingKeys.hiddenActivation.stringValue,
        value: activation,
        supported: "silu"
      )
      throw CheckpointError(path: reader.path, reason)
    }
  }
}
