package import Jobs
package import Models

/// The engine's encoders and decoders as embedders.
extension EmbeddingModel: TextEmbedder {
  package var dimensions: Int { configuration.dimensions }
  package var maximumTokenCount: Int { configuration.maximumTokenCount }
  package var vocabularySize: Int { configuration.vocabularySize }
  package var isNormalized: Bool { configuration.isNormalized }

  package var pooling: EmbedParameters.Pooling {
    switch configuration.pooling {
    case .mean: .mean
    case .cls: .cls
    case .lastToken: .last
    }
  }

  package func embed(_ sequences: [[Int32]]) -> [[Float]] { embed(sequences, adapter: nil) }

  package func hiddenStates(_ tokens: [Int32]) -> [[Float]] { hiddenStates(tokens, tokenTypes: nil, adapter: nil) }
}
