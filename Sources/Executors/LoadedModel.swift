import Crypto
package import Inference
import Models
package import Tensors
package import Tokenizers

/// A model ready to answer: its engine runs, its tokenizer is read.
package struct LoadedModel: Sendable {
  package let engine: InferenceEngine
  package let tokenizer: Tokenizer
  /// `fp_` and 16 hexadecimal digits: the same fingerprint, parameters and seed give the same tokens.
  package let fingerprint: String

  /// Loads a Hugging Face directory on a thread of its own.
  /// - Parameter content: what names the model's bytes, for the fingerprint; its path will do where nothing is compared.
  /// - Throws: `CheckpointError`, `TokenizerError`.
  package static func load(
    directory: String,
    content: String,
    pool: ThreadPool,
    level: KernelLevel = .detected,
    options: EngineOptions = EngineOptions(),
    observe: (@Sendable (StepObservation) -> Void)? = nil
  ) async throws -> LoadedModel {
    try await onThread {
      let model = try CausalLanguageModel.load(directory: directory, pool: pool, level: level)
      let tokenizer = try Tokenizer.load(directory: directory)
      let engine = InferenceEngine(model: model, tokenizer: tokenizer, options: options, observe: observe)
      let parts = (engine.fingerprintParts + [content]).joined(separator: "\n")
      let digits = SHA256.hash(data: Array(parts.utf8)).prefix(8).map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      return LoadedModel(engine: engine, tokenizer: tokenizer, fingerprint: "fp_" + digits.joined())
    }
  }
}
