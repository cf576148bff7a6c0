internal import Checkpoints
internal import JSON
internal import Tensors

/// The sizes that every decoder of the Llama line has, under the same keys.
struct DecoderDimensions: Sendable, Hashable {
  let vocabularySize: Int
  let hiddenSize: Int
  let intermediateSize: Int
  let layerCount: Int
  let headCount: Int
  let keyValueHeadCount: Int
  let headSize: Int
  let maxPositionCount: Int

  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case layerCount = "num_hidden_layers"
    case headCount = "num_attention_heads"
    case keyValueHeadCount = "num_key_value_heads"
    case headSize = "head_dim"
    case maxPositionCount = "max_position_embeddings"
  }

  /// - Parameter standard: what a missing `head_dim` means; nil: hidden size / heads.
  init(_ reader: ConfigurationReader, headSize standard: Int? = nil) throws(CheckpointError) {
    vocabularySize = try reader.integer(CodingKeys.vocabularySize, in: 1...1 << 24)
    hiddenSize = try reader.integer(CodingKeys.hiddenSize, in: 1...1 << 18)
    intermediateSize = try reader.integer(CodingKeys.intermediateSize, in: 1...1 << 20)
    layerCount = try reader.integer(CodingKeys.layerCount, in: 1...4096)
    headCount = try reader.integer(CodingKeys.headCount, in: 1...4096)
    keyValueHeadCount = try reader.optionalInteger(CodingKeys.keyValueHeadCount, in: 1...4096) ?? headCount
    guard headCount % keyValueHeadCount == 0 else {
      throw reader.invalid(CodingKeys.keyValueHeadCount, "is \(keyValueHeadCount), no divisor of \(headCount) heads")
    }
    maxPositionCount = try reader.integer(CodingKeys.maxPositionCount, in: 1...1 << 26)
    let given = try reader.optionalInteger(CodingKeys.headSize, in: 1...KVCache.maximumHeadSize)
    let quotient = hiddenSize % headCount == 0 ? hiddenSize / headCount : nil
    guard let size = given ?? standard ?? quotient else {
      throw reader.invalid(CodingKeys.hiddenSize, "is \(hiddenSize), no multiple of \(headCount) heads")
    }
    guard size <= KVCache.maximumHeadSize else {
      throw reader.invalid(CodingKeys.headSize, "is \(size), not within 1...\(KVCache.maximumHeadSize)")
    }
    headSize = size
  }

  var queryWidth: Int { headCount * headSize }
  var keyValueWidth: Int { keyValueHeadCount * headSize }

  func shape(window: Int?) -> AttentionShape {
    AttentionShape(headCount: headCount, keyValueHeadCount: keyValueHeadCount, headSize: headSize, window: window)
  }

  /// 1 / √headSize
  var scale: Float { 1 / Float(headSize).squareRoot() }

  func configuration(longContextStart: Int?) -> ModelConfiguration {
    ModelConfiguration(
      vocabularySize: vocabularySize,
      hiddenSize: hiddenSize,
      layerCount: layerCount,
      headCount: headCount,
      keyValueHeadCount: keyValueHeadCount,
      headSize: headSize,
      maxPositionCount: maxPositionCount,
      longContextStart: longContextStart,
      bosTokenID: nil,
      eosTokenIDs: []
    )
  }
}
