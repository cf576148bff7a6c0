/// What an embedding model gives and takes.
package struct EmbeddingConfiguration: Sendable, Hashable {
  /// How a sequence's hidden states become one vector.
  package enum Pooling: String, Sendable, Hashable {
    /// The mean over all tokens.
    case mean
    /// The first token's.
    case cls
    /// The last token's.
    case lastToken
  }

  /// Values of an embedding.
  package let dimensions: Int
  /// The most tokens of a sequence, special ones included.
  package let maximumTokenCount: Int
  package let vocabularySize: Int
  package let pooling: Pooling
  /// Whether embeddings have length 1.
  package let isNormalized: Bool
}
