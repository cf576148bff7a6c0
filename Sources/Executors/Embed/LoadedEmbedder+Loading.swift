package import Models
package import Tensors
import Tokenizers

extension LoadedEmbedder {
  /// Loads a Hugging Face directory or a GGUF file on a thread of its own.
  /// - Parameters:
  ///   - adapter: a directory with a LoRA adapter, merged into the weights.
  ///   - content: what names the model's bytes, for the fingerprint.
  /// - Throws: `CheckpointError`, `TokenizerError`.
  package static func load(
    directory: String,
    adapter: String? = nil,
    content: String,
    precision: Precision,
    packedWeights: PackedWeightStore?,
    pool: ThreadPool,
    level: KernelLevel
  ) async throws -> LoadedEmbedder {
    try await onThread {
      LoadedEmbedder(
        try EmbeddingModel.load(
          directory: directory,
          adapter: adapter,
          precision: precision,
          packedWeights: packedWeights,
          pool: pool,
          level: level
        ),
        tokenizer: try Tokenizer.load(checkpoint: directory),
        content: content
      )
    }
  }
}
