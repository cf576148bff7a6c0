internal import Checkpoints

/// What the descendants of Llama have in common: their weights outside the layers, and what of their files is ignored.
protocol GatedDecoder: Architecture {
  var dimensions: DecoderDimensions { get }
  /// Whether the head is the embedding again.
  var tieWordEmbeddings: Bool { get }
  func tensors(layer: Int) -> [TensorRequirement]
}

/// The names of Hugging Face checkpoints outside the layers; those of the model proper stand behind `prefix`.
enum GatedDecoderNames {
  static let embedding = "embed_tokens"
  static let norm = "norm"
  static let head = "lm_head"
}

extension GatedDecoder {
  static var isEncoder: Bool { false }

  var tensors: [TensorRequirement] {
    let embedding = prefix + GatedDecoderNames.embedding + ".weight"
    let outside = [
      TensorRequirement(embedding, [dimensions.vocabularySize, dimensions.hiddenSize]),
      TensorRequirement(prefix + GatedDecoderNames.norm + ".weight", [dimensions.hiddenSize]),
    ]
    return (0..<dimensions.layerCount).reduce(into: outside) { $0 += tensors(layer: $1) }
  }

  var headTensors: [TensorRequirement] {
    tieWordEmbeddings
      ? [] : TensorRequirement.linear(GatedDecoderNames.head, dimensions.vocabularySize, dimensions.hiddenSize)
  }

  /// Rotary tables that old files carry, and a head that is the embedding again.
  func isIgnorable(_ name: String) -> Bool {
    name.hasSuffix(".rotary_emb.inv_freq") || (tieWordEmbeddings && name == GatedDecoderNames.head + ".weight")
  }
}
