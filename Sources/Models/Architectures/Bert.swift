internal import Checkpoints
internal import JSON
internal import Tensors

/// config.json of BERT and RoBERTa.
private struct BertConfiguration: Sendable, Hashable {
  let vocabularySize: Int
  let hiddenSize: Int
  let intermediateSize: Int
  let layerCount: Int
  let headCount: Int
  /// Rows of the table of positions, and which of them the first position has.
  let positionRowCount: Int
  let firstPositionRow: Int
  let tokenTypeCount: Int
  let layerNormEpsilon: Double
  let activation: Activation

  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case layerCount = "num_hidden_layers"
    case headCount = "num_attention_heads"
    case positionRowCount = "max_position_embeddings"
    case paddingToken = "pad_token_id"
    case tokenTypeCount = "type_vocab_size"
    case layerNormEpsilon = "layer_norm_eps"
    case activation = "hidden_act"
    case positionType = "position_embedding_type"
    case isDecoder = "is_decoder"
    case hasCrossAttention = "add_cross_attention"
  }

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    vocabularySize = try reader.integer(CodingKeys.vocabularySize, in: 1...1 << 24)
    hiddenSize = try reader.integer(CodingKeys.hiddenSize, in: 1...1 << 18)
    intermediateSize = try reader.integer(CodingKeys.intermediateSize, in: 1...1 << 20)
    layerCount = try reader.integer(CodingKeys.layerCount, in: 1...4096)
    headCount = try reader.integer(CodingKeys.headCount, in: 1...4096)
    guard hiddenSize % headCount == 0, hiddenSize / headCount <= KVCache.maximumHeadSize else {
      let problem = "is \(hiddenSize), not \(headCount) heads of at most \(KVCache.maximumHeadSize)"
      throw reader.invalid(CodingKeys.hiddenSize, problem)
    }
    positionRowCount = try reader.integer(CodingKeys.positionRowCount, in: 1...1 << 26)
    // RoBERTa numbers positions from the one after the padding token's.
    let padding = try reader.optionalInteger(CodingKeys.paddingToken, in: 0...1 << 24) ?? 1
    firstPositionRow = modelType == "bert" ? 0 : padding + 1
    guard firstPositionRow < positionRowCount else {
      throw reader.invalid(CodingKeys.positionRowCount, "is \(positionRowCount), too few for a first position")
    }
    tokenTypeCount = try reader.optionalInteger(CodingKeys.tokenTypeCount, in: 1...1 << 16) ?? 2
    layerNormEpsilon = try reader.optionalNumber(CodingKeys.layerNormEpsilon, in: 0...1) ?? 1e-12
    activation = try reader.activation(CodingKeys.activation, default: "gelu")
    let positionType = try reader.optionalString(CodingKeys.positionType) ?? "absolute"
    guard positionType == "absolute" else {
      throw reader.unsupported(CodingKeys.positionType, positionType, supported: "absolute")
    }
    for key in [CodingKeys.isDecoder, CodingKeys.hasCrossAttention] where try reader.flag(key, default: false) {
      throw reader.unsupported(key, "true", supported: "false")
    }
  }

  var shape: AttentionShape {
    AttentionShape(headCount: headCount, keyValueHeadCount: headCount, headSize: hiddenSize / headCount)
  }
}

/// BERT (Devlin et al. 2018) and RoBERTa: an encoder with learned positions and LayerNorm after each layer.
struct BertArchitecture: Architecture {
  private let values: BertConfiguration
  var prefix: String
  static let isEncoder = true

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    values = try BertConfiguration(reader, modelType: modelType)
    prefix = modelType == "bert" ? "bert." : "roberta."
  }

  var configuration: ModelConfiguration {
    ModelConfiguration(
      vocabularySize: values.vocabularySize,
      hiddenSize: values.hiddenSize,
      layerCount: values.layerCount,
      headCount: values.headCount,
      keyValueHeadCount: values.headCount,
      headSize: values.shape.headSize,
      maxPositionCount: values.positionRowCount - values.firstPositionRow,
      longContextStart: nil,
      bosTokenID: nil,
      eosTokenIDs: []
    )
  }

  func build(_ loader: WeightLoader, withHead: Bool) -> Transformer {
    Transformer(
      isCausal: false,
      feedForward: (values.intermediateSize, isGated: false),
      embedding: Embedding(
        words: .table(loader.wordTable(prefix + Names.words)),
        positions: loader.vector(prefix + Names.positions + ".weight"),
        firstPositionRow: values.firstPositionRow,
        tokenTypes: loader.vector(prefix + Names.tokenTypes + ".weight"),
        norm: norm(prefix + Names.embeddingNorm, loader)
      ),
      blocks: (0..<values.layerCount).map { block($0, loader) }
    )
  }

  private func block(_ layer: Int, _ loader: WeightLoader) -> TransformerBlock {
    let names = Names(prefix: prefix, layer: layer)
    let attention = Attention(
      shape: values.shape,
      scoring: AttentionScoring(scale: 1 / Float(values.shape.headSize).squareRoot()),
      rotation: .none,
      queryKeyValue: loader.linear([names.query, names.key, names.value], hasBias: true),
      headNorms: nil,
      output: loader.linear([names.output], hasBias: true)
    )
    let feedForward = FeedForward(
      intermediateSize: values.intermediateSize,
      activation: values.activation,
      isGated: false,
      input: loader.linear([names.up], hasBias: true),
      down: loader.linear([names.down], hasBias: true)
    )
    return TransformerBlock(
      attention: attention,
      attentionNorms: ResidualNorms(after: norm(names.attentionNorm, loader)),
      feedForward: feedForward,
      feedForwardNorms: ResidualNorms(after: norm(names.feedForwardNorm, loader))
    )
  }

  private func norm(_ name: String, _ loader: WeightLoader) -> Norm {
    loader.layerNorm(name, epsilon: values.layerNormEpsilon)
  }

  var tensors: [TensorRequirement] {
    let hidden = values.hiddenSize, inner = values.intermediateSize
    let all =
      [
        TensorRequirement(prefix + Names.words + ".weight", [values.vocabularySize, hidden]),
        TensorRequirement(prefix + Names.positions + ".weight", [values.positionRowCount, hidden]),
        TensorRequirement(prefix + Names.tokenTypes + ".weight", [values.tokenTypeCount, hidden]),
      ] + TensorRequirement.norms([prefix + Names.embeddingNorm], hidden, hasBias: true)
    return (0..<values.layerCount).reduce(into: all) { all, layer in
      let names = Names(prefix: prefix, layer: layer)
      for name in [names.query, names.key, names.value, names.output] {
        all += TensorRequirement.linear(name, hidden, hidden, hasBias: true)
      }
      all += TensorRequirement.linear(names.up, inner, hidden, hasBias: true)
      all += TensorRequirement.linear(names.down, hidden, inner, hasBias: true)
      all += TensorRequirement.norms([names.attentionNorm, names.feedForwardNorm], hidden, hasBias: true)
    }
  }

  let headTensors: [TensorRequirement] = []

  /// Position numbers that old files carry, the pooler, and the heads of pre-training.
  func isIgnorable(_ name: String) -> Bool {
    name == "embeddings.position_ids" || ["pooler.", "cls.", "lm_head."].contains { name.hasPrefix($0) }
  }
}

/// The names of Hugging Face checkpoints.
private struct Names {
  static let words = "embeddings.word_embeddings"
  static let positions = "embeddings.position_embeddings"
  static let tokenTypes = "embeddings.token_type_embeddings"
  static let embeddingNorm = "embeddings.LayerNorm"

  let query: String, key: String, value: String, output: String
  let up: String, down: String
  let attentionNorm: String, feedForwardNorm: String

  init(prefix: String, layer: Int) {
    let prefix = prefix + "encoder.layer.\(layer)."
    query = prefix + "attention.self.query"
    key = prefix + "attention.self.key"
    value = prefix + "attention.self.value"
    output = prefix + "attention.output.dense"
    up = prefix + "intermediate.dense"
    down = prefix + "output.dense"
    attentionNorm = prefix + "attention.output.LayerNorm"
    feedForwardNorm = prefix + "output.LayerNorm"
  }
}
