package import Inference
package import Models
package import Tensors
package import Tokenizers

/// A model ready to answer: its engine runs, its tokenizer is read.
package struct LoadedModel: Sendable {
  package let engine: InferenceEngine
  package let tokenizer: Tokenizer
  /// `fp_` and 16 hexadecimal digits: the same fingerprint, parameters and seed give the same tokens.
  package private(set) var fingerprint: String
  /// What its requests are computed with besides the engine's model.
  package private(set) var adapter: ModelAdapter?
  /// nil for a model without a chat template.
  package var template: (any ConversationTemplate)?
  let grammars: ModelGrammars
  private let content: String

  init(
    engine: InferenceEngine,
    tokenizer: Tokenizer,
    template: (any ConversationTemplate)? = nil,
    content: String
  ) {
    self.engine = engine
    self.tokenizer = tokenizer
    self.template = template
    self.content = content
    fingerprint = Fingerprint.text(of: engine.fingerprintParts + [content])
    grammars = ModelGrammars(tokenizer, tokenCount: engine.configuration.vocabularySize)
  }

  /// Loads a Hugging Face directory or a GGUF file on a thread of its own.
  /// - Parameters:
  ///   - adapter: a directory with a LoRA adapter, merged into the weights.
  ///   - content: what names the model's bytes, for the fingerprint; its path will do where nothing is compared.
  ///   - packedWeights: where weights are kept as they are packed, to load faster the next time.
  /// - Throws: `CheckpointError`, `TokenizerError`.
  package static func load(
    directory: String,
    adapter: String? = nil,
    content: String,
    precision: ModelPrecision = ModelPrecision(),
    packedWeights: PackedWeightStore? = nil,
    pool: ThreadPool,
    level: KernelLevel = .detected,
    options: EngineOptions = EngineOptions(),
    observe: (@Sendable (StepObservation) -> Void)? = nil
  ) async throws -> LoadedModel {
    try await onThread {
      let model = try CausalLanguageModel.load(
        directory: directory,
        adapter: adapter,
        precision: precision,
        packedWeights: packedWeights,
        pool: pool,
        level: level
      )
      let tokenizer = try Tokenizer.load(checkpoint: directory)
      let engine = InferenceEngine(model: model, tokenizer: tokenizer, options: options, observe: observe)
      return LoadedModel(
        engine: engine,
        tokenizer: tokenizer,
        template: try CheckpointTemplate(checkpoint: directory, tokenizer: tokenizer),
        content: content
      )
    }
  }
}

extension LoadedModel {
  /// The same model with an adapter beside its weights; engine and cache are shared.
  /// - Parameter content: what names the adapter's bytes.
  /// - Returns: nil for an adapter that has to be merged.
  /// - Throws: `CheckpointError`.
  package func adapted(by directory: String, content: String) async throws -> AdaptedModel<LoadedModel>? {
    guard let adapter = try await onThread({ try engine.model.loadAdapter(directory: directory) }) else { return nil }
    var model = self
    model.adapter = adapter
    model.fingerprint = Fingerprint.text(of: engine.fingerprintParts + [self.content, content])
    return AdaptedModel(model, adapterByteCount: adapter.byteCount)
  }
}
