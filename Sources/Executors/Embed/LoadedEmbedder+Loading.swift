import Models
import Tensors
import Tokenizers

extension LoadedEmbedder {
  /// Loads a Hugging Face directory or a GGUF file on a thread of its own.
  /// - Parameter content: what names the model's bytes, for the fingerprint.
  /// - Throws: `CheckpointError`, `TokenizerError`.
  static func load(
    directory: String,
    content: String,
    pool: ThreadPool,
    level: KernelLevel
  ) async throws -> LoadedEmbedder {
    try await onThread {
      LoadedEmbedder(
        try EmbeddingModel.load(directory: directory, pool: pool, level: level),
        tokenizer: try Tokenizer.load(checkpoint: directory),
        content: content
      )
    }
  }
}
