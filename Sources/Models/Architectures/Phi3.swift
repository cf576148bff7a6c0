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
struct Phi3Architecture: Architecture {
  private let values: Phi3Configuration
  var prefix = "model."
  static let isEncoder = false

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    values = try Phi3Configuration(reader)
  }

  var configuration: ModelConfiguration {
    values.dimensions.configuration(longContextStart: values.rotary.scaling.longContextStart)
  }

  func build(_ loader: WeightLoader, withHead: Bool) -> Transformer {
    let vocabulary = loader.vocabulary(
      embedding: prefix + Names.embedding,
      head: values.tieWordEmbeddings ? nil : Names.head,
      withHead: withHead
    )
    return Transformer(
      feedForward: (values.dimensions.intermediateSize, isGated: true),
      embedding: Embedding(words: vocabulary.words),
      rotary: RotaryEmbedding(values.rotary),
      blocks: (0..<values.dimensions.layerCount).map { block($0, loader) },
      norm: loader.norm(prefix + Names.norm, epsilon: values.rmsNormEpsilon),
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

  var tensors: [TensorRequirement] {
    let sizes = values.dimensions
    let all = [
      TensorRequirement(prefix + Names.embedding + ".weight", [sizes.vocabularySize, sizes.hiddenSize]),
      TensorRequirement(prefix + Names.norm + ".weight", [sizes.hiddenSize]),
    ]
    return (0..<sizes.layerCount).reduce(into: all) { $0 += tensors(layer: $1) }
  }

  var headTensors: [TensorRequirement] {
    let sizes = values.dimensions
    return values.tieWordEmbeddings ? [] : TensorRequirement.linear(Names.head, sizes.vocabularySize, sizes.hiddenSize)
  }

  private func tensors(layer: Int) -> [TensorRequirement] {
    let names = Names(prefix: prefix, layer: layer), sizes = values.dimensions
    let hidden = sizes.hiddenSize, inner = sizes.intermediateSize
    let width = sizes.queryWidth + 2 * sizes.keyValueWidth
    return TensorRequirement.linear(names.queryKeyValue, width, hidden)
      + TensorRequirement.linear(names.output, hidden, sizes.queryWidth)
      + TensorRequirement.linear(names.gateUp, 2 * inner, hidden)
      + TensorRequirement.linear(names.down, hidden, inner)
      + TensorRequirement.norms([names.attentionNorm, names.feedForwardNorm], hidden)
  }

  /// Rotary tables that old files carry, and a head that is the embedding again.
  func isIgnorable(_ name: String) -> Bool {
    name.hasSuffix(".rotary_emb.inv_freq") || (values.tieWordEmbeddings && name == Names.head + ".weight")
  }
}

/// The names of Hugging Face checkpoints.
private struct Names {
  static let embedding = "embed_tokens"
  static let norm = "norm"
  static let head = "lm_head"

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
