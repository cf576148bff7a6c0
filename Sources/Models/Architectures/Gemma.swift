internal import Checkpoints
internal import Tensors

/// Gemma 2 (Gemma Team 2024) and the text part of Gemma 3 (2025): norms before and after each layer, whose weights are
/// stored less 1, layers with and without a window, scaled embeddings.
struct GemmaArchitecture: GatedDecoder {
  private let values: GemmaConfiguration
  var prefix = "model."

  init(_ reader: ConfigurationReader, modelType: String) throws(CheckpointError) {
    values = try GemmaConfiguration(reader, modelType: modelType)
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
      logitCap: values.logitCap.map { Float($0) },
      withHead: withHead
    )
    return Transformer(
      feedForward: (values.dimensions.intermediateSize, isGated: true),
      embedding: Embedding(
        words: vocabulary.words,
        scale: Float(Double(values.dimensions.hiddenSize).squareRoot())
      ),
      rotary: RotaryEmbedding(values.rotary),
      localRotary: values.localRotary.map { RotaryEmbedding($0) },
      blocks: (0..<values.dimensions.layerCount).map { block($0, loader) },
      norm: norm(prefix + GatedDecoderNames.norm, loader),
      head: vocabulary.head
    )
  }

  private func block(_ layer: Int, _ loader: WeightLoader) -> TransformerBlock {
    let names = Names(prefix: prefix, layer: layer)
    let isLocal = values.localRotary != nil && values.windows[layer] != nil
    let attention = Attention(
      shape: values.dimensions.shape(window: values.windows[layer]),
      scoring: AttentionScoring(
        scale: Float(1 / values.queryScalar.squareRoot()),
        softCap: values.scoreCap.map { Float($0) }
      ),
      rotation: isLocal ? .local : .global,
      queryKeyValue: loader.linear([names.query, names.key, names.value], hasBias: values.hasAttentionBias),
      headNorms: values.hasHeadNorms
        ? loader.headNorms(names.queryNorm, names.keyNorm, epsilon: values.rmsNormEpsilon, offset: 1) : nil,
      output: loader.linear([names.output], hasBias: values.hasAttentionBias)
    )
    let feedForward = FeedForward(
      intermediateSize: values.dimensions.intermediateSize,
      activation: values.activation,
      isGated: true,
      input: loader.linear([names.gate, names.up]),
      down: loader.linear([names.down])
    )
    return TransformerBlock(
      attention: attention,
      attentionNorms: ResidualNorms(
        before: norm(names.attentionNorm, loader),
        update: norm(names.attentionUpdateNorm, loader)
      ),
      feedForward: feedForward,
      feedForwardNorms: ResidualNorms(
        before: norm(names.feedForwardNorm, loader),
        update: norm(names.feedForwardUpdateNorm, loader)
      )
    )
  }

  private func norm(_ name: String, _ loader: WeightLoader) -> Norm {
    loader.norm(name, epsilon: values.rmsNormEpsilon, offset: 1)
  }

  func tensors(layer: Int) -> [TensorRequirement] {
    let names = Names(prefix: prefix, layer: layer), sizes = values.dimensions
    let hidden = sizes.hiddenSize, inner = sizes.intermediateSize
    let hasBias = values.hasAttentionBias
    let headNorms = values.hasHeadNorms ? [names.queryNorm, names.keyNorm] : []
    return TensorRequirement.linear(names.query, sizes.queryWidth, hidden, hasBias: hasBias)
      + TensorRequirement.linear(names.key, sizes.keyValueWidth, hidden, hasBias: hasBias)
      + TensorRequirement.linear(names.value, sizes.keyValueWidth, hidden, hasBias: hasBias)
      + TensorRequirement.linear(names.output, hidden, sizes.queryWidth, hasBias: hasBias)
      + TensorRequirement.linear(names.gate, inner, hidden) + TensorRequirement.linear(names.up, inner, hidden)
      + TensorRequirement.linear(names.down, hidden, inner)
      + TensorRequirement.norms(
        [names.attentionNorm, names.attentionUpdateNorm, names.feedForwardNorm, names.feedForwardUpdateNorm],
        hidden
      ) + TensorRequirement.norms(headNorms, sizes.headSize)
  }
}

/// The names of Hugging Face checkpoints in a layer.
private struct Names {
  let query: String, key: String, value: String, output: String
  let queryNorm: String, keyNorm: String
  let gate: String, up: String, down: String
  let attentionNorm: String, attentionUpdateNorm: String
  let feedForwardNorm: String, feedForwardUpdateNorm: String

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
    attentionUpdateNorm = prefix + "post_attention_layernorm"
    feedForwardNorm = prefix + "pre_feedforward_layernorm"
    feedForwardUpdateNorm = prefix + "post_feedforward_layernorm"
  }
}
