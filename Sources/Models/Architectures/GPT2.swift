internal import Checkpoints
internal import JSON
internal import Tensors

/// config.json of GPT-2.
private struct GPT2Configuration: Sendable, Hashable {
  let vocabularySize: Int
  let hiddenSize: Int
  let intermediateSize: Int
  let layerCount: Int
  let headCount: Int
  let maxPositionCount: Int
  let layerNormEpsilon: Double
  let activation: Activation
  let scalesScores: Bool
  let scalesScoresByLayer: Bool
  let tieWordEmbeddings: Bool

  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocab_size"
    case hiddenSize = "n_embd"
    case intermediateSize = "n_inner"
    case layerCount = "n_layer"
    case headCount = "n_head"
    case maxPositionCount = "n_positions"
    case layerNormEpsilon = "layer_norm_epsilon"
    case activation = "activation_function"
    case scalesScores = "scale_attn_weights"
    case scalesScoresByLayer = "scale_attn_by_inverse_layer_idx"
    case tieWordEmbeddings = "tie_word_embeddings"
    case hasCrossAttention = "add_cross_attention"
  }

  init(_ reader: ConfigurationReader) throws(CheckpointError) {
    vocabularySize = try reader.integer(CodingKeys.vocabularySize, in: 1...1 << 24)
    hiddenSize = try reader.integer(CodingKeys.hiddenSize, in: 1...1 << 18)
    intermediateSize = try reader.optionalInteger(CodingKeys.intermediateSize, in: 1...1 << 20) ?? 4 * hiddenSize
    layerCount = try reader.integer(CodingKeys.layerCount, in: 1...4096)
    headCount = try reader.integer(CodingKeys.headCount, in: 1...4096)
    guard hiddenSize % headCount == 0, hiddenSize / headCount <= KVCache.maximumHeadSize else {
      let problem = "is \(hiddenSize), not \(headCount) heads of at most \(KVCache.maximumHeadSize)"
      throw reader.invalid(CodingKeys.hiddenSize, problem)
    }
    maxPositionCount = try reader.integer(CodingKeys.maxPositionCount, in: 1...1 << 26)
    layerNormEpsilon = try reader.optionalNumber(CodingKeys.layerNormEpsilon, in: 0...1) ?? 1e-5
    activation = try reader.activation(CodingKeys.activation, default: "gelu_new")
    scalesScores = try reader.flag(CodingKeys.scalesScores, default: true)
    scalesScoresByLayer = try reader.flag(CodingKeys.scalesScoresByLayer, default: false)
    tieWordEmbeddings = try reader.flag(CodingKeys.tieWordEmbeddings, default: true)
    guard try !reader.flag(CodingKeys.hasCrossAttention, default: false) else {
      throw reader.unsupported(CodingKeys.hasCrossAttention, "true", supported: "false")
    }
  }

  var headSize: Int { hiddenSize / headCount }

  func scale(layer: Int) -> Float {
    let scale = scalesScores ? 1 / Double(headSize).squareRoot() : 1
    return Float(scalesScoresByLayer ? scale / Double(layer + 1) : scale)
  }
}

/// GPT-2 (Radford et al. 2019): learned positions, LayerNorm before each layer, weights stored input by output.
struct GPT2Architecture: Architecture {
  private let values: GPT2Configuration
  var prefix = "transformer."
  static let isEncoder = false

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    values = try GPT2Configuration(reader)
  }

  var configuration: ModelConfiguration {
    ModelConfiguration(
      vocabularySize: values.vocabularySize,
      hiddenSize: values.hiddenSize,
      layerCount: values.layerCount,
      headCount: values.headCount,
      keyValueHeadCount: values.headCount,
      headSize: values.headSize,
      maxPositionCount: values.maxPositionCount,
      longContextStart: nil,
      bosTokenID: nil,
      eosTokenIDs: []
    )
  }

  func build(_ loader: WeightLoader, withHead: Bool) -> Transformer {
    let vocabulary = loader.vocabulary(
      embedding: prefix + Names.words,
      head: values.tieWordEmbeddings ? nil : Names.head,
      withHead: withHead
    )
    return Transformer(
      feedForward: (values.intermediateSize, isGated: false),
      embedding: Embedding(
        words: vocabulary.words,
        positions: loader.vector(prefix + Names.positions + ".weight")
      ),
      blocks: (0..<values.layerCount).map { block($0, loader) },
      norm: loader.layerNorm(prefix + Names.norm, epsilon: values.layerNormEpsilon),
      head: vocabulary.head
    )
  }

  private func block(_ layer: Int, _ loader: WeightLoader) -> TransformerBlock {
    let names = Names(prefix: prefix, layer: layer)
    let attention = Attention(
      shape: AttentionShape(
        headCount: values.headCount,
        keyValueHeadCount: values.headCount,
        headSize: values.headSize
      ),
      scoring: AttentionScoring(scale: values.scale(layer: layer)),
      rotation: .none,
      queryKeyValue: loader.transposedLinear(names.queryKeyValue),
      headNorms: nil,
      output: loader.transposedLinear(names.output)
    )
    let feedForward = FeedForward(
      intermediateSize: values.intermediateSize,
      activation: values.activation,
      isGated: false,
      input: loader.transposedLinear(names.up),
      down: loader.transposedLinear(names.down)
    )
    return TransformerBlock(
      attention: attention,
      attentionNorms: ResidualNorms(
        before: loader.layerNorm(names.attentionNorm, epsilon: values.layerNormEpsilon)
      ),
      feedForward: feedForward,
      feedForwardNorms: ResidualNorms(
        before: loader.layerNorm(names.feedForwardNorm, epsilon: values.layerNormEpsilon)
      )
    )
  }

  var tensors: [TensorRequirement] {
    let hidden = values.hiddenSize
    let all =
      [
        TensorRequirement(prefix + Names.words + ".weight", [values.vocabularySize, hidden]),
        TensorRequirement(prefix + Names.positions + ".weight", [values.maxPositionCount, hidden]),
      ] + TensorRequirement.norms([prefix + Names.norm], hidden, hasBias: true)
    return (0..<values.layerCount).reduce(into: all) { all, layer in
      let names = Names(prefix: prefix, layer: layer)
      all += transposed(names.queryKeyValue, hidden, 3 * hidden) + transposed(names.output, hidden, hidden)
      all += transposed(names.up, hidden, values.intermediateSize)
      all += transposed(names.down, values.intermediateSize, hidden)
      all += TensorRequirement.norms([names.attentionNorm, names.feedForwardNorm], hidden, hasBias: true)
    }
  }

  private func transposed(_ name: String, _ depth: Int, _ columns: Int) -> [TensorRequirement] {
    [TensorRequirement(name + ".weight", [depth, columns]), TensorRequirement(name + ".bias", [columns])]
  }

  var headTensors: [TensorRequirement] {
    values.tieWordEmbeddings ? [] : TensorRequirement.linear(Names.head, values.vocabularySize, values.hiddenSize)
  }

  /// Causal masks that old files carry, and a head that is the embedding again.
  func isIgnorable(_ name: String) -> Bool {
    name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias")
      || (values.tieWordEmbeddings && name == Names.head + ".weight")
  }
}

/// The names of Hugging Face checkpoints.
private struct Names {
  static let words = "wte"
  static let positions = "wpe"
  static let norm = "ln_f"
  static let head = "lm_head"

  let queryKeyValue: String, output: String
  let up: String, down: String
  let attentionNorm: String, feedForwardNorm: String

  init(prefix: String, layer: Int) {
    let prefix = prefix + "h.\(layer)."
    queryKeyValue = prefix + "attn.c_attn"
    output = prefix + "attn.c_proj"
    up = prefix + "mlp.c_fc"
    down = prefix + "mlp.c_proj"
    attentionNorm = prefix + "ln_1"
    feedForwardNorm = prefix + "ln_2"
  }
}
