package import Checkpoints
internal import Synchronization
package import Tensors

/// A model that turns token sequences into vectors: an encoder, or a decoder without its head.
///
/// Pooling and normalisation are those that sentence-transformers stored beside the model (`modules.json`); without
/// them encoders take the mean, decoders the last token, and nothing is normalised. An embedding is a function of its
/// sequence alone: the same bits whatever else is embedded with it, and however many threads run.
package final class EmbeddingModel: Sendable {
  package let configuration: EmbeddingConfiguration
  package let precision: Precision
  package let kernels: Kernels
  private let model: ModelConfiguration
  private let transformer: Transformer
  private let adapterBase: AdapterBase
  /// Made for the longest sequences so far; whoever computes holds it.
  private let room = Mutex<EmbeddingRoom?>(nil)

  /// Loads a Hugging Face directory or a GGUF file. Everything is checked before the first weight is read.
  /// - Parameter adapter: a directory with a LoRA adapter in PEFT's layout, merged into the weights.
  package static func load(
    directory path: String,
    adapter: String? = nil,
    precision: Precision = .float32,
    packedWeights: PackedWeightStore? = nil,
    pool: ThreadPool,
    level: KernelLevel = .detected
  ) throws(CheckpointError) -> EmbeddingModel {
    let checkpoint = try CheckedCheckpoint(directory: path, adapter: adapter)
    let modules = try SentenceModules(directory: checkpoint.directory.root)
    try checkpoint.checkMemory(.current, precision)
    let loaded = checkpoint.load(precision, packedWeights, withHead: false, pool: pool)
    return EmbeddingModel(
      model: checkpoint.configuration,
      modules: modules,
      precision: precision,
      kernels: Kernels(pool: pool, level: level),
      transformer: loaded.transformer,
      adapterBase: loaded.adapterBase
    )
  }

  private init(
    model: ModelConfiguration,
    modules: SentenceModules,
    precision: Precision,
    kernels: Kernels,
    transformer: Transformer,
    adapterBase: AdapterBase
  ) {
    configuration = EmbeddingConfiguration(
      dimensions: model.hiddenSize,
      maximumTokenCount: min(model.maxPositionCount, modules.maximumTokenCount ?? .max),
      vocabularySize: model.vocabularySize,
      pooling: modules.pooling ?? (transformer.isCausal ? .lastToken : .mean),
      isNormalized: modules.isNormalized
    )
    self.model = model
    self.precision = precision
    self.kernels = kernels
    self.transformer = transformer
    self.adapterBase = adapterBase
  }

  /// As of `CausalLanguageModel`.
  package func loadAdapter(directory: String) throws(CheckpointError) -> ModelAdapter? {
    try adapterBase.load(directory: directory)
  }

  /// What of the engine decides the bits of a result, as of `CausalLanguageModel`.
  package var fingerprintParts: [String] {
    [CausalLanguageModel.engineVersion, kernels.level.rawValue, precision.rawValue]
  }

  /// One embedding [dimensions] for each sequence, in their order. Blocks the thread.
  ///
  /// - Parameter adapter: one of this model's; nil: the model alone.
  /// - Precondition: each sequence has a token and at most `configuration.maximumTokenCount`, all in the vocabulary.
  package func embed(_ sequences: [[Int32]], adapter: ModelAdapter? = nil) -> [[Float]] {
    var pools = sequences.map { EmbeddingPool(configuration, tokenCount: $0.count) }
    compute(sequences, tokenTypes: nil, adapter) { sequence, position, state in pools[sequence].add(state, at: position)
    }
    return pools.map { $0.embedding }
  }

  /// The hidden states [tokens][hiddenSize] of the last layer, after the final norm if there is one.
  ///
  /// - Parameters:
  ///   - tokenTypes: of an encoder's tokens; nil: 0.
  ///   - adapter: one of this model's; nil: the model alone.
  package func hiddenStates(
    _ tokens: [Int32],
    tokenTypes: [Int32]? = nil,
    adapter: ModelAdapter? = nil
  ) -> [[Float]] {
    var states: [[Float]] = []
    compute([tokens], tokenTypes: tokenTypes, adapter) { _, _, state in states.append(state.indices.map { state[$0] }) }
    return states
  }

  /// Calls `body` with the hidden state of each position of each sequence; those of a sequence come in order.
  private func compute(
    _ sequences: [[Int32]],
    tokenTypes: [Int32]?,
    _ adapter: ModelAdapter?,
    _ body: (_ sequence: Int, _ position: Int, _ state: Span<Float>) -> Void
  ) {
    precondition(adapterBase.fits(adapter), "the adapter was loaded for another model")
    for sequence in sequences { check(sequence) }
    guard let longest = sequences.map(\.count).max() else { return }
    room.withLock { current in
      let room = current?.fitting(longest) ?? EmbeddingRoom(model, transformer, precision, kernels, tokenCount: longest)
      current = room
      let plan = EmbeddingPlan(
        tokenCounts: sequences.map(\.count),
        blockCount: room.cache.blockCount,
        isCausal: transformer.isCausal
      )
      for pass in plan.passes {
        transformer.computeHiddenStates(
          batch(pass, sequences, tokenTypes, adapter),
          cache: room.cache,
          workspace: room.workspace,
          kernels: kernels
        )
        for (row, place) in pass.flatMap(\.rows).enumerated() {
          room.workspace.withHiddenState(row: row) { body(place.sequence, place.position, $0) }
        }
      }
    }
  }

  private func batch(
    _ pass: [EmbeddingPlan.Part],
    _ sequences: [[Int32]],
    _ tokenTypes: [Int32]?,
    _ adapter: ModelAdapter?
  ) -> ForwardBatch {
    var batch = ForwardBatch()
    for part in pass {
      batch.append(
        tokens: sequences[part.sequence][part.positions],
        tokenTypes: tokenTypes.map { Array($0[part.positions]) },
        startingAt: part.positions.lowerBound,
        blockTable: part.blockTable,
        logits: .none,
        contextLength: sequences[part.sequence].count,
        adapter: adapter
      )
    }
    return batch
  }

  private func check(_ sequence: [Int32]) {
    precondition(!sequence.isEmpty, "a sequence has at least one token")
    precondition(sequence.count <= configuration.maximumTokenCount, "a sequence is longer than the model takes")
    for token in sequence {
      precondition(token >= 0 && token < configuration.vocabularySize, "token \(token) is not in the vocabulary")
    }
  }
}
