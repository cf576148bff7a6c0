internal import Checkpoints
internal import JSON
internal import Tensors

/// config.json of Gemma 2 and of the text part of Gemma 3.
struct GemmaConfiguration: Sendable, Hashable {
  let dimensions: DecoderDimensions
  let rmsNormEpsilon: Double
  let rotary: RotaryParameters
  /// Of the layers with a window, where they turn otherwise.
  let localRotary: RotaryParameters?
  let windows: LayerWindows
  let activation: Activation
  let tieWordEmbeddings: Bool
  let hasAttentionBias: Bool
  let hasHeadNorms: Bool
  /// Scores are divided by its square root.
  let queryScalar: Double
  let scoreCap: Double?
  let logitCap: Double?

  private enum CodingKeys: String, CodingKey {
    case rmsNormEpsilon = "rms_norm_eps"
    case tieWordEmbeddings = "tie_word_embeddings"
    case activation = "hidden_activation"
    case attentionBias = "attention_bias"
    case queryScalar = "query_pre_attn_scalar"
    case scoreCap = "attn_logit_softcapping"
    case logitCap = "final_logit_softcapping"
    case windowPattern = "sliding_window_pattern"
    case rotary = "rope_parameters"
    case rotaryScaling = "rope_scaling"
    case theta = "rope_theta"
    case localTheta = "rope_local_base_freq"
    case fullAttention = "full_attention"
    case slidingAttention = "sliding_attention"
  }

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    let isThird = modelType == "gemma3_text"
    dimensions = try DecoderDimensions(reader, headSize: 256)
    rmsNormEpsilon = try reader.optionalNumber(CodingKeys.rmsNormEpsilon, in: 0...1) ?? 1e-6
    let window = try LayerWindows.window(reader, standard: 4096)
    // Gemma 2: every other layer from the first; Gemma 3: five of six.
    let pattern = isThird ? try reader.optionalInteger(CodingKeys.windowPattern, in: 1...4096) ?? 6 : 2
    windows = try LayerWindows(reader, window: window, layerCount: dimensions.layerCount) { ($0 + 1) % pattern != 0 }
    activation = try reader.activation(CodingKeys.activation, default: "gelu_pytorch_tanh")
    tieWordEmbeddings = try reader.flag(CodingKeys.tieWordEmbeddings, default: true)
    hasAttentionBias = try reader.flag(CodingKeys.attentionBias, default: false)
    hasHeadNorms = isThird
    queryScalar = try reader.optionalNumber(CodingKeys.queryScalar, in: 1e-6...1e6) ?? 256
    // Gemma 3 has the key, and its reference does not use it.
    scoreCap = isThird ? nil : try Self.cap(reader, CodingKeys.scoreCap, standard: 50)
    logitCap = try Self.cap(reader, CodingKeys.logitCap, standard: isThird ? nil : 30)
    rotary = try Self.rotary(reader, dimensions, isThird: isThird)
    localRotary = isThird ? try Self.localRotary(reader, dimensions) : nil
  }

  /// `standard` when the key is missing, nil when it is null.
  private static func cap(
    _ reader: ConfigurationReader,
    _ key: CodingKeys,
    standard: Double?
  ) throws(CheckpointError) -> Double? {
    guard reader.contains(key) else { return standard }
    return try reader.optionalNumber(key, in: 1e-6...1e6)
  }

  private static func rotary(
    _ reader: ConfigurationReader,
    _ dimensions: DecoderDimensions,
    isThird: Bool
  ) throws(CheckpointError) -> RotaryParameters {
    guard isThird else {
      return try RotaryParameters(
        reader,
        headSize: dimensions.headSize,
        maxPositionCount: dimensions.maxPositionCount
      )
    }
    let parameters = try reader.optionalReader(CodingKeys.rotary)
    let own = try parameters?.optionalReader(CodingKeys.fullAttention)
    let scaling = try reader.optionalReader(CodingKeys.rotaryScaling)
    return try RotaryParameters(
      own ?? scaling,
      outer: reader,
      theta: try reader.optionalNumber(CodingKeys.theta, in: 1...1e12) ?? 1_000_000,
      headSize: dimensions.headSize,
      maxPositionCount: dimensions.maxPositionCount
    )
  }

  private static func localRotary(
    _ reader: ConfigurationReader,
    _ dimensions: DecoderDimensions
  ) throws(CheckpointError) -> RotaryParameters {
    let parameters = try reader.optionalReader(CodingKeys.rotary)
    return try RotaryParameters(
      try parameters?.optionalReader(CodingKeys.slidingAttention),
      outer: reader,
      theta: try reader.optionalNumber(CodingKeys.localTheta, in: 1...1e12) ?? RotaryParameters.standardTheta,
      headSize: dimensions.headSize,
      maxPositionCount: dimensions.maxPositionCount
    )
  }
}
