/// All that decides how a run goes besides model and data; names and defaults are those of transformers' arguments.
///
/// Valid from the start: an initialiser that returns and an adjustment that is accepted leave no wrong value behind.
package struct TrainingOptions: Sendable, Hashable {
  package internal(set) var length: Length
  package internal(set) var batches: BatchOptions
  package internal(set) var optimizer: OptimizerOptions
  package internal(set) var schedule: LearningRateSchedule
  package internal(set) var regularisation: RegularisationOptions
  package internal(set) var logging: LoggingOptions
  package internal(set) var evaluation: EvaluationOptions
  package internal(set) var saving: SavingOptions
  /// Of dropout and NEFTune.
  package internal(set) var seed: UInt64

  package struct Length: Sendable, Hashable {
    /// `num_train_epochs`; fractions end inside an epoch.
    package var epochs: Double
    /// `max_steps`: it counts instead of the epochs, which count again when it is withdrawn.
    package var steps: Int?

    package init(epochs: Double, steps: Int? = nil) {
      self.epochs = epochs
      self.steps = steps
    }

    package static func epochs(_ epochs: Double) -> Length { Length(epochs: epochs) }

    package static func steps(_ steps: Int) -> Length { Length(epochs: 3, steps: steps) }
  }

  package init(
    length: Length = .epochs(3),
    batches: BatchOptions = BatchOptions(),
    optimizer: OptimizerOptions = OptimizerOptions(),
    schedule: LearningRateSchedule = LearningRateSchedule(),
    regularisation: RegularisationOptions = RegularisationOptions(),
    logging: LoggingOptions = LoggingOptions(),
    evaluation: EvaluationOptions = EvaluationOptions(),
    saving: SavingOptions = SavingOptions(),
    seed: UInt64 = 42
  ) throws(TrainingError) {
    self.length = length
    self.batches = batches
    self.optimizer = optimizer
    self.schedule = schedule
    self.regularisation = regularisation
    self.logging = logging
    self.evaluation = evaluation
    self.saving = saving
    self.seed = seed
    try validate()
  }
}

/// What does not concern the loss itself but keeps a model from learning its data by heart.
package struct RegularisationOptions: Sendable, Hashable {
  /// `label_smoothing_factor`: the share of the target that all tokens have alike.
  package var labelSmoothing: Double
  /// `neftune_noise_alpha`: strength of the noise on embeddings (Jain et al. 2023); nil: none.
  package var noiseAlpha: Double?

  package init(labelSmoothing: Double = 0, noiseAlpha: Double? = nil) {
    self.labelSmoothing = labelSmoothing
    self.noiseAlpha = noiseAlpha
  }
}
