import Checkpoints
import JSON
import Jobs
import Models
import Tensors
import Training

extension FinetuneParameters {
  /// The hyper-parameters as the trainer takes them.
  func trainingOptions() throws(TrainingError) -> TrainingOptions {
    try TrainingOptions(
      length: TrainingOptions.Length(epochs: batches.epochs, steps: batches.steps),
      batches: batches.trainingOptions,
      optimizer: optimizer.trainingOptions,
      schedule: try schedule.trainingSchedule(),
      regularisation: RegularisationOptions(
        labelSmoothing: optimizer.labelSmoothing,
        noiseAlpha: optimizer.noiseAlpha
      ),
      logging: LoggingOptions(
        interval: Interval(logging.strategy, logging.steps),
        logsFirstStep: logging.logsFirstStep
      ),
      evaluation: evaluationOptions,
      saving: SavingOptions(
        moment: saving.strategy == .best ? .best : .interval(Interval(saving.strategy, saving.steps)),
        limit: saving.limit,
        loadsBestAtEnd: saving.loadsBestAtEnd
      ),
      seed: seed
    )
  }

  private var evaluationOptions: EvaluationOptions {
    EvaluationOptions(
      interval: Interval(evaluation.strategy, evaluation.steps ?? logging.steps),
      delay: evaluation.delay,
      runsAtStart: evaluation.runsAtStart,
      best: evaluation.rows == nil
        ? nil
        : BestModelOptions(
          metric: BestModelOptions.Metric(rawValue: evaluation.metric.rawValue) ?? .loss,
          greaterIsBetter: evaluation.greaterIsBetter
        ),
      earlyStopping: evaluation.earlyStopping.map {
        EvaluationOptions.EarlyStopping(patience: $0.patience, threshold: $0.threshold)
      }
    )
  }

  /// How the model is loaded.
  /// - Parameters:
  ///   - continuesAdapter: whether an adapter goes on to learn; ranks and targets are then its own.
  ///   - maximumRows: tokens that go through it together.
  func modelOptions(continuesAdapter: Bool, maximumRows: Int) -> TrainableModelOptions {
    TrainableModelOptions(
      precision: precision == .bfloat16 ? .bfloat16 : .float32,
      lora: (lora ?? (continuesAdapter ? LoRAParameters() : nil)).map(\.modelOptions),
      frozen: frozen,
      usesGradientCheckpointing: usesGradientCheckpointing,
      maximumRows: maximumRows
    )
  }
}

extension Interval {
  fileprivate init(_ strategy: StepStrategy, _ steps: StepInterval) {
    switch (strategy, steps) {
    case (.never, _), (.best, _): self = .never
    case (.epoch, _): self = .epoch
    case (.steps, .steps(let count)): self = .steps(Double(count))
    case (.steps, .share(let share)): self = .steps(share)
    }
  }
}

extension BatchParameters {
  fileprivate var trainingOptions: BatchOptions {
    BatchOptions(
      trainBatchSize: trainBatchSize,
      evaluationBatchSize: evaluationBatchSize,
      accumulation: accumulation,
      dropsLast: dropsLast,
      sampling: BatchOptions.Sampling(rawValue: sampling.rawValue) ?? .random,
      seed: dataSeed
    )
  }
}

extension OptimizerParameters {
  fileprivate var trainingOptions: OptimizerOptions {
    OptimizerOptions(
      method: method == .sgd ? .sgd : .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon),
      learningRate: learningRate,
      weightDecay: weightDecay,
      maximumGradientNorm: maximumGradientNorm
    )
  }
}

extension ScheduleParameters {
  fileprivate func trainingSchedule() throws(TrainingError) -> LearningRateSchedule {
    let warmup: Double =
      switch warmup {
      case .steps(let count): Double(count)
      case .share(let share): share
      }
    return LearningRateSchedule(
      shape: try LearningRateSchedule.Shape(name: shape.rawValue, arguments: arguments),
      warmup: warmup
    )
  }
}

extension LoRAParameters {
  fileprivate var modelOptions: LoRAOptions {
    LoRAOptions(
      rank: rank,
      alpha: alpha,
      dropout: dropout,
      targets: targets.map {
        switch $0 {
        case .names(let names): .names(names)
        case .expression(let expression): .expression(expression)
        case .allLinear: .allLinear
        }
      },
      usesRankStabilisation: usesRankStabilisation,
      savedModules: savedModules,
      rankPattern: Self.patterns(rankPattern),
      alphaPattern: Self.patterns(alphaPattern),
      layers: layers.map { LoRALayers($0, patterns: layersPattern) }
    )
  }

  private static func patterns<Value>(_ values: [String: Value]) -> ModulePatterns<Value> {
    ModulePatterns(values.sorted { $0.key < $1.key }.map { .init(expression: $0.key, value: $0.value) })
  }
}
