package import Checkpoints
package import Tensors

/// A loaded model: weights packed for the kernels, ready to run on one thread pool at one kernel level.
///
/// Immutable and shared freely; a cache and a workspace belong to one forward pass at a time. Results are the same
/// bits for the same row whatever the batch, the chunks, the threads.
package final class CausalLanguageModel: Sendable {
  package let configuration: ModelConfiguration
  package let precision: ModelPrecision
  package let kernels: Kernels
  private let transformer: Transformer
  private let adapterBase: AdapterBase

  /// The engine's numbers; grows whenever a change of the code may change a bit of any logit.
  package static let engineVersion = "engine-3"

  /// Loads a Hugging Face directory or a GGUF file. Everything is checked before the first weight is read.
  /// - Parameters:
  ///   - adapter: a directory with a LoRA adapter in PEFT's layout, merged into the weights.
  ///   - packedWeights: where weights are kept as they are packed, to load faster the next time.
  package static func load(
    directory path: String,
    adapter: String? = nil,
    precision: ModelPrecision = ModelPrecision(),
    packedWeights: PackedWeightStore? = nil,
    pool: ThreadPool,
    level: KernelLevel = .detected
  ) throws(CheckpointError) -> CausalLanguageModel {
    let checkpoint = try CheckedCheckpoint(directory: path, adapter: adapter)
    try checkpoint.requireHead()
    try checkpoint.checkMemory(.current, precision.weights)
    let loaded = checkpoint.load(precision.weights, packedWeights, withHead: true, pool: pool)
    return CausalLanguageModel(
      configuration: checkpoint.configuration,
      precision: precision,
      kernels: Kernels(pool: pool, level: level),
      transformer: loaded.transformer,
      adapterBase: loaded.adapterBase
    )
  }

  private init(
    configuration: ModelConfiguration,
    precision: ModelPrecision,
    kernels: Kernels,
    transformer: Transformer,
    adapterBase: AdapterBase
  ) {
    self.configuration = configuration
    self.precision = precision
    self.kernels = kernels
    self.transformer = transformer
    self.adapterBase = adapterBase
  }

  /// Reads a LoRA adapter in PEFT's layout, to run beside this model in the batches that name it.
  /// - Returns: nil for an adapter that changes more than linear layers by low-rank matrices: `load` merges it.
  /// - Throws: what of the adapter does not belong to this model.
  package func loadAdapter(directory: String) throws(CheckpointError) -> ModelAdapter? {
    try adapterBase.load(directory: directory)
  }

  /// What of the engine decides the bits of a result: engine version, kernel level, precisions. Part of the system
  /// fingerprint, beside the model's own version.
  package var fingerprintParts: [String] {
    [Self.engineVersion, kernels.level.rawValue, precision.weights.rawValue, precision.keyValues.rawValue]
  }

  package func makeCache(blockCount: Int) -> KVCache {
    KVCache(
      layerCount: configuration.layerCount,
      blockCount: blockCount,
      keyValueHeadCount: configuration.keyValueHeadCount,
      headSize: configuration.headSize,
      precision: precision.keyValues
    )
  }

  /// Bytes that one cache block of 32 positions takes.
  package var cacheBlockByteCount: Int {
    KVCache.blockByteCount(
      layerCount: configuration.layerCount,
      keyValueHeadCount: configuration.keyValueHeadCount,
      headSize: configuration.headSize,
      precision: precision.keyValues
    )
  }

  package func makeWorkspace(maximumRows: Int, maximumSequences: Int, maximumLogitRows: Int) -> Workspace {
    Workspace(
      configuration,
      transformer.widths,
      precision.weights,
      kernels,
      maximumRows: maximumRows,
      maximumSequences: maximumSequences,
      maximumLogitRows: maximumLogitRows
    )
  }

  /// Computes the batch: its keys and values go to `cache`, the logits it asks for to `workspace`. Blocks the thread;
  /// allocates nothing. Of several slices of one sequence, the earlier positions come first.
  package func forward(_ batch: ForwardBatch, cache: KVCache, workspace: Workspace) {
    precondition(batch.logitRowCount <= workspace.maximumLogitRows, "more logit rows than the workspace has room for")
    precondition(cache.layerCount == configuration.layerCount, "the cache was made for another model")
    precondition(workspace.vocabularySize == configuration.vocabularySize, "the workspace is another model's")
    for slice in batch.sequences {
      precondition(slice.position + slice.count <= configuration.maxPositionCount, "beyond the model's last position")
      precondition(adapterBase.fits(slice.adapter), "the adapter was loaded for another model")
    }
    for token in batch.tokens {
      precondition(token >= 0 && token < configuration.vocabularySize, "token \(token) is not in the vocabulary")
    }
    transformer.computeLogits(batch, cache: cache, workspace: workspace, kernels: kernels)
  }
}
