/// Both ends of a decoder, which may share their weights.
struct Vocabulary: ~Copyable, Sendable {
  let words: WordEmbedding
  /// nil where only hidden states are wanted.
  let head: Head?
}
