internal import Checkpoints

/// Llama (Touvron et al. 2023) and its kin: pre-norm blocks of grouped-query attention and a gated feed-forward.
struct LlamaArchitecture: Architecture {
  private let values: LlamaConfiguration

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    values = try LlamaConfiguration(reader, modelType: modelType)
  }

  var configuration: ModelConfiguration {
    ModelConfiguration(
      vocabularySize: values.vocabularySize,
      hiddenSize: values.hiddenSize,
      layerCount: values.layerCount,
      headCount: values.headCount,
      keyValueHeadCount: values.keyValueHeadCount,
      headSize: values.headSize,
      maxPositionCount: values.maxPositionCount,
      bosTokenID: nil,
      eosTokenIDs: []
    )
  }

  func build(_ loader: WeightLoader) -> Transformer {
    let blocks = (0..<values.layerCount).map { block($0, loader) }
    let rotary = RotaryEmbedding(headSize: values.headSize, theta: values.ropeTheta, scaling: values.ropeScaling)
    let norm = loader.norm(Names.norm, epsilon: values.rmsNormEpsilon)
    if values.tieWordEmbeddings {
      return Transformer(
        intermediateSize: values.intermediateSize,
        embedding: .tiedToHead,
        rotary: rotary,
        blocks: blocks,
        norm: norm,
        head: loader.linear([Names.embedding])
      )
    }
    return Transformer(
      intermediateSize: values.intermediateSize,
      embedding: .table(loader.vector(Names.embedding + ".weight")),
      rotary: rotary,
      blocks: blocks,
      norm: norm,
      head: loader.linear([Names.head])
    )
  }

  private func block(_ layer: Int, _ loader: WeightLoader) -> TransformerBlock {
    let names = Names(layer: layer)
    let attention = Attention(
      shape: values.shape(layer: layer),
      queryKeyValue: loader.linear([names.query, names.key, names.value], hasBias: values.hasQueryKeyValueBias),
      output: loader.linear([names.output], hasBias: values.hasOutputBias)
    )
    let feedForward = FeedForward(
      intermediateSize: values.intermediateSize,
      gateUp: loader.linear([names.gate, names.up], hasBias: values.hasFeedForwardBias),
      down: loader.linear([names.down], hasBias: values.hasFeedForwardBias)
    )
    return TransformerBlock(
      attentionNorm: loader.norm(names.attentionNorm, epsilon: values.rmsNormEpsilon),
      attention: attention,
      feedForwardNorm: loader.norm(names.feedForwardNorm, epsilon: values.rmsNormEpsilon),
      feedForward: feedForward
    )
  }

  var tensors: [TensorRequirement] {
    let hidden = values.hiddenSize
    var all = [
      TensorRequirement(Names.embedding + ".weight", [values.vocabularySize, hidden]),
      TensorRequirement(Names.norm + ".weight", [hidden]),
    ]
    if !values.tieWordEmbeddings {
      all.append(TensorRequirement(Names.head + ".weight", [values.vocabularySize, hidden]))
    }
    return (0..<values.layerCount).reduce(into: all) { $0 += tensors(layer: $1) }
  }

  private func tensors(layer: Int) -> [TensorRequirement] {
    let names = Names(layer: layer)
    let hidden = values.hiddenSize, inner = values.intermediateSize
    let queries = values.headCount * values.headSize, keys = values.keyValueHeadCount * values.headSize
    let hasBias = values.hasQueryKeyValueBias
    return linear(names.query, queries, hidden, hasBias) + linear(names.key, keys, hidden, hasBias)
      + linear(names.value, keys, hidden, hasBias) + linear(names.output, hidden, queries, values.hasOutputBias)
      + linear(names.gate, inner, hidden, values.hasFeedForwardBias)
      + linear(names.up, inner, hidden, values.hasFeedForwardBias)
      + linear(names.down, hidden, inner, values.hasFeedForwardBias)
      + [names.attentionNorm, names.feedForwardNorm].map { TensorRequirement($0 + ".weight", [hidden]) }
  }

  private func linear(_ name: String, _ columns: Int, _ depth: Int, _ hasBias: Bool) -> [TensorRequirement] {
    let weight = TensorRequirement(name + ".weight", [columns, depth])
    return hasBias ? [weight, TensorRequirement(name + ".bias", [columns])] : [weight]
  }

  /// Rotary tables that old files carry, and a head that is the embedding again.
  func isIgnorable(_ name: String) -> Bool {
    name.hasSuffix(".rotary_emb.inv_freq") || (values.tieWordEmbeddings && name == Names.head + ".weight")
  }
}

/// The names of Hugging Face checkpoints.
private struct Names {
  static let embedding = "model.embed_tokens"
  static let norm = "model.norm"
  static let head = "lm_head"

  let query: String, key: String, value: String, output: String
  let gate: String, up: String, down: String
  let attentionNorm: String, feedForwardNorm: String

  init(layer: Int) {
    let prefix = "model.layers.\(layer)."
    query = prefix + "self_attn.q_proj"
    key = prefix + "self_attn.k_proj"
    value = prefix + "self_attn.v_proj"
    output = prefix + "self_attn.o_proj"
    gate = prefix + "mlp.gate_proj"
    up = prefix + "mlp.up_proj"
    down = prefix + "mlp.down_proj"
    attentionNorm = prefix + "input_layernorm"
    feedForwardNorm = prefix + "post_attention_layernorm"
  }
}
