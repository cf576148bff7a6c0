import Checkpoints
package import JSON
package import Jobs
import Models
package import Registry
import Tokenizers

/// Brings a checkpoint directory or a GGUF file into the registry: all of it is checked before anything is stored.
package struct ModelImporter: Sendable {
  private let registry: ModelRegistry

  package init(_ registry: ModelRegistry) {
    self.registry = registry
  }

  /// - Parameters:
  ///   - precision: what jobs are computed with that name none; part of the version.
  ///   - lineage: what a fine-tuned model was made from.
  ///   - progress: bytes stored so far, of all.
  /// - Returns: `name@version`.
  /// - Throws: `CheckpointError`, `TokenizerError`, `ModelImportError`; the registry's and the server's errors.
  package func importModel(
    at path: String,
    name: String,
    precision: WeightPrecision = .float32,
    lineage: JSONObject? = nil,
    progress: (_ stored: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws -> String {
    let model = try ModelDescription.validate(directory: path)
    let tokenizer = try Tokenizer.load(checkpoint: path)
    guard tokenizer.vocabularySize <= model.configuration.vocabularySize else {
      throw ModelImportError.vocabularyMismatch(
        tokenizer: tokenizer.vocabularySize,
        model: model.configuration.vocabularySize
      )
    }
    var detail: JSONObject = [
      "can_generate": .bool(model.canGenerate),
      "context_length": JSONValue(model.configuration.maxPositionCount),
      "has_chat_template": .bool(try CheckpointTemplate(checkpoint: path, tokenizer: tokenizer) != nil),
      "longest_token_bytes": JSONValue(tokenizer.longestTokenByteCount),
      "parameters": JSONValue(model.parameterCount),
      "precision": .string(precision.rawValue),
    ]
    if let lineage { detail["lineage"] = .object(lineage) }
    return try await registry.register(
      name,
      files: model.files.map { .init(path: $0.path, location: "\(model.root)/\($0.path)") },
      config: model.configurationJSON,
      detail: .object(detail),
      progress: progress
    )
  }
}

package enum ModelImportError: Error, Hashable, CustomStringConvertible {
  /// The tokenizer can produce ids for which the model has no embedding.
  case vocabularyMismatch(tokenizer: Int, model: Int)

  package var description: String {
    switch self {
    case .vocabularyMismatch(let tokenizer, let model):
      "the tokenizer has \(tokenizer) tokens, but vocab_size in config.json is \(model); use the tokenizer that the model was trained with"
    }
  }
}
