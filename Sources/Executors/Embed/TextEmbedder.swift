package import Jobs
import Models
package import Tokenizers

/// A model that turns token sequences into vectors.
package protocol TextEmbedder: Sendable {
  /// Values of a vector.
  var dimensions: Int { get }
  /// The most tokens of a sequence, special ones included.
  var maximumTokenCount: Int { get }
  var vocabularySize: Int { get }
  /// What the model's makers chose.
  var pooling: EmbedParameters.Pooling { get }
  /// Whether `embed` gives vectors of length 1.
  var isNormalized: Bool { get }
  /// What of the engine decides the bits of a vector.
  var fingerprintParts: [String] { get }

  /// One vector [dimensions] for each sequence, pooled the model's own way. Blocks the thread; the bits of a vector
  /// depend on its sequence alone.
  /// - Precondition: each sequence has 1 to `maximumTokenCount` tokens of the vocabulary.
  func embed(_ sequences: [[Int32]]) -> [[Float]]

  /// The last layer's vectors [tokens][dimensions]. Blocks the thread; the same precondition.
  func hiddenStates(_ tokens: [Int32]) -> [[Float]]
}

/// An embedding model ready to answer.
package struct LoadedEmbedder: Sendable {
  package let embedder: any TextEmbedder
  package let tokenizer: Tokenizer
  /// As `LoadedModel.fingerprint`.
  package let fingerprint: String
  private let content: String

  /// - Parameter content: what names the model's bytes.
  package init(_ embedder: any TextEmbedder, tokenizer: Tokenizer, content: String) {
    self.embedder = embedder
    self.tokenizer = tokenizer
    self.content = content
    fingerprint = Fingerprint.text(of: embedder.fingerprintParts + [content])
  }

  /// As of `LoadedModel`.
  package func adapted(by directory: String, content: String) async throws -> AdaptedModel<LoadedEmbedder>? {
    guard let model = embedder as? EmbeddingModel,
      let adapter = try await onThread({ try model.loadAdapter(directory: directory) })
    else { return nil }
    let embedder = AdaptedEmbedder(model: model, adapter: adapter)
    return AdaptedModel(
      LoadedEmbedder(embedder, tokenizer: tokenizer, content: "\(self.content)\n\(content)"),
      adapterByteCount: adapter.byteCount
    )
  }
}
