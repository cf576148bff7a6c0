internal import Checkpoints
internal import JSON
internal import Tensors

/// config.json of Phi-3, Phi-3.5 and Phi-4-mini.
private struct Phi3Configuration: Sendable, Hashable {
  let dimensions: DecoderDimensions
  let rmsNormEpsilon: Double
  let rotary: RotaryParameters
  let windows: LayerWindows
  let activation: Activation
  let tieWordEmbeddings: Bool

  private enum CodingKeys: String, CodingKey {
    case rmsNormEpsilon = "rms_norm_eps"
    case tieWordEmbeddings = "tie_word_embeddings"
    case activation = "hidden_act"
  }

  init(_ reader: ConfigurationReader) throws(CheckpointError) {
    dimensions = try DecoderDimensions(reader)
    rmsNormEpsilon = try reader.optionalNumber(CodingKeys.rmsNormEpsilon, in: 0...1) ?? 1e-5
    rotary = try RotaryParameters(
      reader,
      headSize: dimensions.headSize,
      maxPositionCount: dimensions.maxPositionCount,
      isPartialAllowed: true
    )
    windows = LayerWindows(try LayerWindows.window(reader, standard: nil), layerCount: dimensions.layerCount)
    activation = try reader.activation(CodingKeys.activation, default: "silu")
    tieWordEmbeddings = try reader.flag(CodingKeys.tieWordEmbeddings, default: false)
  }
}

/// Phi-3 (Abdin et al. 2024): Llama with query, key and value in one tensor and gate and up in another.
struct Phi3Architecture: GatedDecoder {
  private let values: Phi3Configuration
  var prefix = "model."

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    values = try Phi3Configuration(reader)
  }

  var dimensions: DecoderDimensions { values.dimensions }
  var tieWordEmbeddings: Bool { values.tieWordEmbeddings }

  var configuration: ModelConfiguration {
    values.dimensions.configuration(longContextStart: values.rotary.scaling.longContextStart)
  }

  func build(_ loader: WeightLoader, withHead: Bool) -> Transformer {
    let vocabulary = loader.vocabulary(
      embedding: prefix + GatedDecoderNames.embedding,
      head: values.tieWordEmbeddings ? nil : GatedDecoderNames.head,
      withHead: withHead
    )
    return Transformer(
      feedForward: (values.dimensions.intermediateSize, isGated: true),
      embedding: Embedding(words: vocabulary.words),
      rotary: RotaryEmbedding(values.rotary),
      blocks: (0..<values.dimensions.layerCount).map { block($0, loader) },
      norm: loader.norm(prefix + GatedDecoderNames.norm, epsilon: values.rmsNormEpsilon),
      head: vocabulary.head
    )
  }

  private func block(_ layer: Int, _ loader: WeightLoader) -> TransformerBlock {
    let names = Names(prefix: prefix, layer: layer)
    let attention = Attention(
      shape: values.dimensions.shape(window: values.windows[layer]),
      scoring: AttentionScoring(scale: values.dimensions.scale),
      rotation: .global,
      queryKeyValue: loader.linear([names.queryKeyValue]),
      headNorms: nil,
      output: loader.linear([names.output])
    )
    let feedForward = FeedForward(
      intermediateSize: values.dimensions.intermediateSize,
      activation: values.activation,
      isGated: true,
      input: loader.linear([names.gateUp]),
      down: loader.linear([names.down])
    )
    return TransformerBlock(
      attention: attention,
      attentionNorms: ResidualNorms(before: loader.norm(names.attentionNorm, epsilon: values.rmsNormEpsilon)),
      feedForward: feedForward,
      feedForwardNorms: ResidualNorms(before: loader.norm(names.feedForwardNorm, epsilon: values.rmsNormEpsilon))
    )
  }

  func tensors(layer: Int) -> [TensorRequirement] {
    let names = Names(prefix: prefix, layer: layer), sizes = values.dimensions
    let hidden = sizes.hiddenSize, inner = sizes.intermediateSize
    let width = sizes.queryWidth + 2 * sizes.keyValueWidth
    return TensorRequirement.linear(names.queryKeyValue, width, hidden)
      + TensorRequirement.linear(names.output, hidden, sizes.queryWidth)
      + TensorRequirement.linear(names.gateUp, 2 * inner, hidden)
      + TensorRequirement.linear(names.down, hidden, inner)
      + TensorRequirement.norms([names.attentionNorm, names.feedForwardNorm], hidden)
  }
}

/// The names of Hugging Face checkpoints in a layer.
private struct Names {
  let queryKeyValue: String, output: String
  let gateUp: String, down: String
  let attentionNorm: String, feedForwardNorm: String

  init(prefix: String, layer: Int) {
    let prefix = prefix + "layers.\(layer)."
    queryKeyValue = prefix + "self_attn.qkv_proj"
    output = prefix + "self_attn.o_proj"
    gateUp = prefix + "mlp.gate_up_proj"
    down = prefix + "mlp.down_proj"
    attentionNorm = prefix + "input_layernorm"
    feedForwardNorm = prefix + "post_attention_layernorm"
  }
}
