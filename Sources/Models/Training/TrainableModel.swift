internal import Checkpoints
package import Tensors

/// A model whose weights learn: the transformer of inference over parameters instead of packed weights.
///
/// Results have the same bits whatever the threads. One call at a time; calls block the thread.
package final class TrainableModel {
  package let configuration: ModelConfiguration
  /// What learns, in an order that the checkpoint and the options decide.
  package let parameters: [Parameter]
  package let kernels: Kernels
  package let options: TrainableModelOptions
  /// Those and what stays as it is.
  let allParameters: [Parameter]
  let checkpoint: CheckedCheckpoint
  let plan: TrainingPlan
  private let transformer: Transformer
  private let room: TrainingRoom
  private let training: TrainingWorkspace

  /// Loads a Hugging Face directory or a GGUF file. Everything is checked before the first weight is read.
  /// - Parameters:
  ///   - adapter: a directory in PEFT's layout. With LoRA its training goes on, and ranks, scales and modules are its
  ///     own; without, it is merged into the weights.
  ///   - seed: of a new adapter's first values.
  package static func load(
    directory path: String,
    adapter: String? = nil,
    options: TrainableModelOptions,
    seed: UInt64,
    pool: ThreadPool,
    level: KernelLevel = .detected
  ) throws(TrainableModelError) -> TrainableModel {
    let draft = try TrainableModelDraft(directory: path, adapter: adapter, options: options, seed: seed)
    let kernels = Kernels(pool: pool, level: level)
    try draft.checkMemory(.current, kernels)
    return TrainableModel(draft, kernels)
  }

  /// What training takes at its peak, the optimiser's two moments included. Reads no weight.
  package static func memory(
    directory path: String,
    adapter: String? = nil,
    options: TrainableModelOptions,
    pool: ThreadPool
  ) throws(TrainableModelError) -> TrainingMemory {
    let draft = try TrainableModelDraft(directory: path, adapter: adapter, options: options, seed: 0)
    return draft.memory(Kernels(pool: pool))
  }

  private init(_ draft: TrainableModelDraft, _ kernels: Kernels) {
    let loader = ParameterLoader(draft.checkpoint.weights, draft.plan, isDry: false)
    transformer = draft.build(loader, pool: kernels.pool)
    room = loader.room
    room.prepare(maximumRows: draft.plan.options.maximumRows, kernels: kernels)
    parameters = loader.parameters
    allParameters = loader.allParameters
    checkpoint = draft.checkpoint
    plan = draft.plan
    configuration = draft.checkpoint.configuration
    options = draft.plan.options
    training = TrainingWorkspace(transformer, configuration, options, kernels)
    self.kernels = kernels
  }

  /// gradient += scale · d(sum of the batch's losses).
  /// - Parameters:
  ///   - labelSmoothing: the share of the target that all tokens have alike, as transformers' LabelSmoother.
  ///   - neftuneNoiseAlpha: of NEFTune (Jain et al. 2023); nil: no noise.
  package func accumulateGradients(
    _ batch: TrainingBatch,
    scale: Float,
    labelSmoothing: Float = 0,
    randomness: StepRandomness,
    neftuneNoiseAlpha: Float? = nil
  ) -> BatchLoss {
    room.randomness = randomness
    defer { room.randomness = nil }
    let forward = training.prepare(batch)
    let noise = neftuneNoiseAlpha.map { EmbeddingNoise(alpha: $0, randomness: randomness) }
    transformer.forward(forward, noise: noise, training: training, kernels: kernels)
    let loss = transformer.loss(
      batch,
      gradient: Transformer.LossGradient(scale: scale, labelSmoothing: labelSmoothing),
      training: training,
      kernels: kernels
    )
    transformer.backward(forward, training: training, kernels: kernels)
    return loss
  }

  /// The loss as inference sees it: no dropout, no noise, no smoothing.
  package func evaluate(_ batch: TrainingBatch) -> BatchLoss {
    let forward = training.prepare(batch)
    transformer.forward(forward, noise: nil, training: training, kernels: kernels)
    return transformer.loss(batch, gradient: nil, training: training, kernels: kernels)
  }

  package func zeroGradients() {
    for parameter in parameters { kernels.zero(&parameter.gradient, count: parameter.count) }
  }
}

/// One call at a time uses the model.
extension TrainableModel: @unchecked Sendable {}
