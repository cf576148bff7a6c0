import Jobs
import Models

/// An embedding model with an adapter beside its weights.
struct AdaptedEmbedder: TextEmbedder {
  let model: EmbeddingModel
  let adapter: ModelAdapter

  var dimensions: Int { model.dimensions }
  var maximumTokenCount: Int { model.maximumTokenCount }
  var vocabularySize: Int { model.vocabularySize }
  var pooling: EmbedParameters.Pooling { model.pooling }
  var isNormalized: Bool { model.isNormalized }
  var fingerprintParts: [String] { model.fingerprintParts }

  func embed(_ sequences: [[Int32]]) -> [[Float]] { model.embed(sequences, adapter: adapter) }

  func hiddenStates(_ tokens: [Int32]) -> [[Float]] { model.hiddenStates(tokens, adapter: adapter) }
}
