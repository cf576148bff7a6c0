internal import Tensors

/// Every buffer of a training pass: what it keeps of the forward pass, and what both directions work in.
final class TrainingWorkspace {
  let workspace: Workspace
  let attention: AttentionGradientScratch
  /// What each block keeps; with gradient checkpointing one for all of them, filled again block by block.
  private let kept: [BlockActivations]
  /// With gradient checkpointing, what each block read.
  let inputs: [KeptInput]
  /// d(loss)/d(the residual stream), [rows, hiddenSize]
  var gradient: AlignedBuffer
  /// A chunk's logits as a cap left them; none without a cap.
  var capped: AlignedBuffer
  var losses: AlignedBuffer
  var hits: [Bool]
  /// Of one layer: what a layer stored is not read after it.
  private(set) var cache: KVCache
  private let configuration: ModelConfiguration

  /// Rows whose logits are there at a time.
  static let logitRowCount = 256

  init(
    _ transformer: Transformer,
    _ configuration: ModelConfiguration,
    _ options: TrainableModelOptions,
    _ kernels: Kernels
  ) {
    let rows = options.maximumRows, hidden = configuration.hiddenSize
    let sizes = ActivationSizes(configuration, transformer.widths)
    self.configuration = configuration
    workspace = Workspace(
      configuration,
      transformer.widths,
      .float32,
      kernels,
      maximumRows: rows,
      maximumSequences: rows,
      maximumLogitRows: Self.logitRowCount,
      // Each sequence begins a block of its own.
      maximumBlocks: rows,
      isTraining: true
    )
    attention = AttentionGradientScratch(kernels: kernels, maximumRows: rows, headSize: configuration.headSize)
    let recomputes = options.usesGradientCheckpointing
    let blocks = recomputes ? Array(transformer.blocks.prefix(1)) : transformer.blocks
    let arena = BufferArena()
    kept = blocks.map { BlockActivations($0, sizes, rows: rows, arena: arena) }
    inputs = recomputes ? transformer.blocks.map { _ in KeptInput(count: rows * hidden) } : []
    gradient = AlignedBuffer(count: rows * hidden)
    capped = AlignedBuffer(count: transformer.capsLogits ? Self.logitRowCount * configuration.vocabularySize : 0)
    losses = AlignedBuffer(count: Self.logitRowCount)
    hits = Array(repeating: false, count: Self.logitRowCount)
    cache = Self.cache(configuration, blockCount: 1)
  }

  var recomputes: Bool { !inputs.isEmpty }

  func kept(layer: Int) -> BlockActivations { kept[recomputes ? 0 : layer] }

  /// The batch as the forward pass reads it, and a cache with room for it.
  func prepare(_ batch: TrainingBatch) -> ForwardBatch {
    precondition(batch.tokens.count <= workspace.maximumRows, "the batch has more tokens than the model was loaded for")
    var forward = ForwardBatch()
    var block: Int32 = 0
    for rows in batch.sequences {
      precondition(rows.count <= configuration.maxPositionCount, "a sequence ends beyond the model's last position")
      let end = block + Int32((rows.count + KVCache.blockSize - 1) / KVCache.blockSize)
      forward.append(tokens: batch.tokens[rows], startingAt: 0, blockTable: Array(block..<end), logits: .none)
      block = end
    }
    for token in batch.tokens {
      precondition(token >= 0 && token < configuration.vocabularySize, "token \(token) is not in the vocabulary")
    }
    if Int(block) > cache.blockCount { cache = Self.cache(configuration, blockCount: Int(block)) }
    return forward
  }

  private static func cache(_ configuration: ModelConfiguration, blockCount: Int) -> KVCache {
    KVCache(
      layerCount: 1,
      blockCount: blockCount,
      keyValueHeadCount: configuration.keyValueHeadCount,
      headSize: configuration.headSize
    )
  }
}

/// The residual stream before a block, [rows, hiddenSize].
final class KeptInput {
  var values: AlignedBuffer

  init(count: Int) { values = AlignedBuffer(count: count) }
}
