internal import Checkpoints
internal import JSON
internal import Tensors

/// config.json of Llama and of the models that differ from it by a value: Mistral (window), Qwen2 (biases, window),
/// Qwen3 (norms of query and key heads, window).
struct LlamaConfiguration: Sendable, Hashable {
  let dimensions: DecoderDimensions
  let rmsNormEpsilon: Double
  let rotary: RotaryParameters
  let windows: LayerWindows
  let activation: Activation
  let tieWordEmbeddings: Bool
  let hasQueryKeyValueBias: Bool
  let hasOutputBias: Bool
  let hasFeedForwardBias: Bool
  let hasHeadNorms: Bool

  private enum CodingKeys: String, CodingKey {
    case rmsNormEpsilon = "rms_norm_eps"
    case tieWordEmbeddings = "tie_word_embeddings"
    case activation = "hidden_act"
    case attentionBias = "attention_bias"
    case feedForwardBias = "mlp_bias"
    case usesSlidingWindow = "use_sliding_window"
    case firstWindowLayer = "max_window_layers"
  }

  /// The window that Mistral, Qwen2 and Qwen3 have when config.json names none.
  private static let standardWindow = 4096

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    dimensions = try DecoderDimensions(reader, headSize: modelType == "qwen3" ? 128 : nil)
    rmsNormEpsilon = try reader.optionalNumber(CodingKeys.rmsNormEpsilon, in: 0...1) ?? 1e-6
    rotary = try RotaryParameters(
      reader,
      headSize: dimensions.headSize,
      maxPositionCount: dimensions.maxPositionCount
    )
    windows = try Self.windows(reader, modelType: modelType, layerCount: dimensions.layerCount)
    activation = try reader.activation(CodingKeys.activation, default: "silu")
    tieWordEmbeddings = try reader.flag(CodingKeys.tieWordEmbeddings, default: false)
    let hasAttentionBias = try reader.flag(CodingKeys.attentionBias, default: false)
    hasQueryKeyValueBias = hasAttentionBias || modelType == "qwen2"
    hasOutputBias = hasAttentionBias && modelType != "qwen2"
    hasFeedForwardBias = try reader.flag(CodingKeys.feedForwardBias, default: false)
    hasHeadNorms = modelType == "qwen3"
  }

  private static func windows(
    _ reader: ConfigurationReader,
    modelType: String,
    layerCount: Int
  ) throws(CheckpointError) -> LayerWindows {
    switch modelType {
    case "mistral":
      return LayerWindows(try LayerWindows.window(reader, standard: standardWindow), layerCount: layerCount)
    case "qwen2", "qwen3":
      guard try reader.flag(CodingKeys.usesSlidingWindow, default: false) else { break }
      let window = try LayerWindows.window(reader, standard: standardWindow)
      let first = try reader.optionalInteger(CodingKeys.firstWindowLayer, in: 0...1 << 20) ?? 28
      return try LayerWindows(reader, window: window, layerCount: layerCount) { window != nil && $0 >= first }
    default: break
    }
    return LayerWindows(nil, layerCount: layerCount)
  }
}
