internal import Checkpoints
internal import Tensors

/// A model that can be trained as asked, before any weight is read.
struct TrainableModelDraft {
  let checkpoint: CheckedCheckpoint
  let plan: TrainingPlan
  private let sizes: Sizes

  private struct Sizes {
    let weights: Int
    let trainable: Int
    let blocks: Int
    let keptPerRow: Int
    let row: ActivationSizes
    let capsLogits: Bool
  }

  init(
    directory path: String,
    adapter: String?,
    options: TrainableModelOptions,
    seed: UInt64
  ) throws(TrainableModelError) {
    try Self.check(options)
    let merged = options.lora == nil ? adapter : nil
    let checkpoint = try TrainingPlan.checkpointErrors { () throws(CheckpointError) in
      try CheckedCheckpoint(directory: path, adapter: merged)
    }
    guard !type(of: checkpoint.architecture).isEncoder else { throw .encoder(modelType: checkpoint.modelType) }
    let continued = try TrainingPlan.checkpointErrors { () throws(CheckpointError) -> AdapterCheckpoint? in
      try checkpoint.requireHead()
      guard options.lora != nil, let adapter else { return nil }
      let continued = try AdapterCheckpoint(directory: adapter)
      // Checks that the adapter is one of this model.
      _ = try checkpoint.weights.applying(continued)
      return continued
    }
    let plan = try TrainingPlan(checkpoint, adapter: continued, options: options, seed: seed)
    self.checkpoint = checkpoint
    self.plan = plan
    sizes = try Self.sizes(checkpoint, plan)
  }

  private static func check(_ options: TrainableModelOptions) throws(TrainableModelError) {
    guard options.precision == .float32 || options.precision == .bfloat16 else {
      throw .outOfRange(key: "precision", value: options.precision.rawValue, range: "f32, bf16")
    }
    guard (1...1 << 24).contains(options.maximumRows) else {
      throw .outOfRange(key: "tokens of a batch", value: "\(options.maximumRows)", range: "1...\(1 << 24)")
    }
  }

  /// Builds the model without its values.
  private static func sizes(
    _ checkpoint: CheckedCheckpoint,
    _ plan: TrainingPlan
  ) throws(TrainableModelError) -> Sizes {
    let loader = ParameterLoader(checkpoint.weights, plan, isDry: true)
    let weights = WeightLoader(
      weights: checkpoint.weights,
      precision: .float32,
      pool: ThreadPool(threads: 1),
      parameters: loader
    )
    let transformer = checkpoint.architecture.build(weights, withHead: true)
    if let problem = loader.problem { throw problem }
    guard !loader.parameters.isEmpty else { throw .nothingLearns }
    let trainable = loader.parameters.reduce(0) { $0 + $1.count }
    let row = ActivationSizes(checkpoint.configuration, transformer.widths)
    return Sizes(
      weights: loader.allParameters.reduce(0) { $0 + $1.count },
      trainable: trainable,
      blocks: transformer.blocks.count,
      keptPerRow: transformer.blocks.first.map {
        row.kept(hasHeadNorms: $0.hasHeadNorms, hasUpdateNorms: $0.hasUpdateNorms)
      } ?? 0,
      row: row,
      capsLogits: transformer.capsLogits
    )
  }

  func build(_ loader: ParameterLoader, pool: ThreadPool) -> Transformer {
    let weights = WeightLoader(
      weights: checkpoint.weights,
      precision: .float32,
      pool: pool,
      parameters: loader
    )
    return checkpoint.architecture.build(weights, withHead: true)
  }

  func memory(_ kernels: Kernels) -> TrainingMemory {
    let rows = plan.options.maximumRows, row = sizes.row
    let kept =
      plan.options.usesGradientCheckpointing
      ? sizes.keptPerRow + sizes.blocks * row.hidden : sizes.blocks * sizes.keptPerRow
    // The stream four times, what layers work in, and the keys and values of one layer.
    let work = 4 * row.hidden + row.queryKeyValue + row.attended
    let keyValues = row.queryKeyValue - row.attended
    let logits = TrainingWorkspace.logitRowCount * checkpoint.configuration.vocabularySize
    // Logits stand where the layers' activations do.
    let activated = max(rows * row.intermediate, logits) + (sizes.capsLogits ? logits : 0)
    let scratch = AttentionGradientScratch.byteCount(
      threads: kernels.pool.threadCount,
      maximumRows: rows,
      headSize: checkpoint.configuration.headSize
    )
    return TrainingMemory(
      weights: Self.bytes(sizes.weights),
      gradients: Self.bytes(sizes.trainable),
      optimizer: Self.bytes(2 * sizes.trainable),
      activations: Self.bytes(rows * (kept + work + keyValues) + activated) + scratch,
      trainableParameterCount: sizes.trainable
    )
  }

  private static func bytes(_ count: Int) -> Int { count * MemoryLayout<Float>.stride }

  /// Refuses a model whose training does not fit, before anything is loaded.
  func checkMemory(_ allowance: MemoryAllowance?, _ kernels: Kernels) throws(TrainableModelError) {
    guard let allowance else { return }
    let needed = memory(kernels).total
    guard needed <= allowance.byteCount else {
      let reason = CheckpointError.Reason.insufficientMemory(
        neededBytes: needed,
        availableBytes: allowance.byteCount,
        source: allowance.source
      )
      throw .checkpoint(CheckpointError(path: checkpoint.directory.path, reason))
    }
  }
}
