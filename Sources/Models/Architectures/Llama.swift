internal import Checkpoints
internal import Tensors

/// Llama (Touvron et al. 2023) and its kin: pre-norm blocks of grouped-query attention and a gated feed-forward.
struct LlamaArchitecture: GatedDecoder {
  private let values: LlamaConfiguration
  var prefix = "model."

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    values = try LlamaConfiguration(reader, modelType: modelType)
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
      queryKeyValue: loader.linear([names.query, names.key, names.value], hasBias: values.hasQueryKeyValueBias),
      headNorms: values.hasHeadNorms
        ? loader.headNorms(names.queryNorm, names.keyNorm, epsilon: values.rmsNormEpsilon) : nil,
      output: loader.linear([names.output], hasBias: values.hasOutputBias)
    )
    let feedForward = FeedForward(
      intermediateSize: values.dimensions.intermediateSize,
      activation: values.activation,
      isGated: true,
      input: loader.linear([names.gate, names.up], hasBias: values.hasFeedForwardBias),
      down: loader.linear([names.down], hasBias: values.hasFeedForwardBias)
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
    let queries = sizes.queryWidth, keys = sizes.keyValueWidth
    let hasBias = values.hasQueryKeyValueBias, hasInnerBias = values.hasFeedForwardBias
    let headNorms = values.hasHeadNorms ? [names.queryNorm, names.keyNorm] : []
    return TensorRequirement.linear(names.query, queries, hidden, hasBias: hasBias)
      + TensorRequirement.linear(names.key, keys, hidden, hasBias: hasBias)
      + TensorRequirement.linear(names.value, keys, hidden, hasBias: hasBias)
      + TensorRequirement.linear(names.output, hidden, queries, hasBias: values.hasOutputBias)
      + TensorRequirement.linear(names.gate, inner, hidden, hasBias: hasInnerBias)
      + TensorRequirement.linear(names.up, inner, hidden, hasBias: hasInnerBias)
      + TensorRequirement.linear(names.down, hidden, inner, hasBias: hasInnerBias)
      + TensorRequirement.norms([names.attentionNorm, names.feedForwardNorm], hidden)
      + TensorRequirement.norms(headNorms, sizes.headSize)
  }
}

/// The names of Hugging Face checkpoints in a layer.
private struct Names {
  let query: String, key: String, value: String, output: String
  let queryNorm: String, keyNorm: String
  let gate: String, up: String, down: String
  let attentionNorm: String, feedForwardNorm: String

  init(prefix: String, layer: Int) {
    let prefix = prefix + "layers.\(layer)."
    query = prefix + "self_attn.q_proj"
    key = prefix + "self_attn.k_proj"
    value = prefix + "self_attn.v_proj"
    output = prefix + "self_attn.o_proj"
    queryNorm = prefix + "self_attn.q_norm"
    keyNorm = prefix + "self_attn.k_norm"
    gate = prefix + "mlp.gate_proj"
    up = prefix + "mlp.up_proj"
    down = prefix + "mlp.down_proj"
    attentionNorm = prefix + "input_layernorm"
    feedForwardNorm = prefix + "post_attention_layernorm"
  }
}
