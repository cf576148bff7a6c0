extension TrainingOptions {
  func validate() throws(TrainingError) {
    try require("num_train_epochs", length.epochs, "above 0", length.epochs > 0 && length.epochs.isFinite)
    if let steps = length.steps {
      try require("max_steps", steps, "at least 1, or -1 for num_train_epochs", steps >= 1)
    }
    try batches.validate()
    try optimizer.validate()
    try schedule.validate(learningRate: optimizer.learningRate)
    let smoothing = regularisation.labelSmoothing
    try require("label_smoothing_factor", smoothing, "at least 0 and below 1", smoothing >= 0 && smoothing < 1)
    if let alpha = regularisation.noiseAlpha {
      try require("neftune_noise_alpha", alpha, "above 0, or null for none", alpha > 0 && alpha.isFinite)
    }
    if schedule.shape.followsMetrics {
      let requirement = "steps or epoch with lr_scheduler_type \(schedule.shape.name)"
      try require("eval_strategy", "no", requirement, evaluation.interval != .never)
    }
    try logging.interval.validate("logging_steps")
    try evaluation.validate()
    try saving.validate(evaluation)
  }
}

extension BatchOptions {
  /// Rows of one step: more are no step that ends.
  static let largestWindow = 1 << 20

  fileprivate func validate() throws(TrainingError) {
    let limit = Self.largestWindow
    let range = "from 1 to \(limit)"
    try require("per_device_train_batch_size", trainBatchSize, range, (1...limit).contains(trainBatchSize))
    try require("per_device_eval_batch_size", evaluationBatchSize, range, (1...limit).contains(evaluationBatchSize))
    try require(
      "gradient_accumulation_steps",
      accumulation,
      "from 1 to \(limit / trainBatchSize) with batches of \(trainBatchSize)",
      accumulation >= 1 && accumulation <= limit / trainBatchSize
    )
  }
}

extension OptimizerOptions {
  fileprivate func validate() throws(TrainingError) {
    try require("learning_rate", learningRate, "above 0 and at most 10", learningRate > 0 && learningRate <= 10)
    try require("weight_decay", weightDecay, "from 0 to 1", (0...1).contains(weightDecay))
    if let maximumGradientNorm {
      try require(
        "max_grad_norm",
        maximumGradientNorm,
        "above 0, or 0 for no clipping",
        maximumGradientNorm > 0 && maximumGradientNorm.isFinite
      )
    }
    guard case .adamW(let beta1, let beta2, let epsilon) = method else { return }
    try require("adam_beta1", beta1, "at least 0 and below 1", beta1 >= 0 && beta1 < 1)
    try require("adam_beta2", beta2, "at least 0 and below 1", beta2 >= 0 && beta2 < 1)
    try require("adam_epsilon", epsilon, "above 0 and at most 1", epsilon > 0 && epsilon <= 1)
  }
}

extension Interval {
  fileprivate func validate(_ name: String) throws(TrainingError) {
    guard case .steps(let steps) = self else { return }
    try require(
      name,
      steps,
      "a whole number of steps, or a share of them below 1",
      steps > 0 && (steps < 1 || (steps == steps.rounded() && steps <= 1e15))
    )
  }
}

extension EvaluationOptions {
  fileprivate func validate() throws(TrainingError) {
    try interval.validate("eval_steps")
    try require("eval_delay", delay, "at least 0", delay >= 0 && delay.isFinite)
    guard let earlyStopping else { return }
    try require("early_stopping_patience", earlyStopping.patience, "at least 1", earlyStopping.patience >= 1)
    try require(
      "early_stopping_threshold",
      earlyStopping.threshold,
      "at least 0",
      earlyStopping.threshold >= 0 && earlyStopping.threshold.isFinite
    )
    try require("eval_strategy", "no", "steps or epoch with early_stopping_patience", interval != .never)
    try require("metric_for_best_model", "null", "a metric with early_stopping_patience", best != nil)
  }
}

extension SavingOptions {
  fileprivate func validate(_ evaluation: EvaluationOptions) throws(TrainingError) {
    if case .interval(let interval) = moment { try interval.validate("save_steps") }
    if let limit { try require("save_total_limit", limit, "at least 1, or null for all", limit >= 1) }
    if moment == .best {
      try require("eval_strategy", "no", "steps or epoch with save_strategy best", evaluation.interval != .never)
      try require("metric_for_best_model", "null", "a metric with save_strategy best", evaluation.best != nil)
    }
    guard loadsBestAtEnd else { return }
    try require("eval_strategy", "no", "steps or epoch with load_best_model_at_end", evaluation.interval != .never)
    try require("metric_for_best_model", "null", "a metric with load_best_model_at_end", evaluation.best != nil)
    try require(
      "save_strategy",
      "another one than eval_strategy",
      "the same, or best, with load_best_model_at_end: the best model has to be saved",
      savesEachEvaluated(evaluation.interval)
    )
  }

  private func savesEachEvaluated(_ evaluated: Interval) -> Bool {
    guard case .interval(let interval) = moment else { return true }
    switch (interval, evaluated) {
    case (.epoch, .epoch): return true
    // As in transformers: steps with an evaluation but no checkpoint would lose a best model.
    case (.steps(let saved), .steps(let evaluated)):
      return saved == evaluated
        || (saved >= 1 && evaluated >= 1 && saved.truncatingRemainder(dividingBy: evaluated) == 0)
    default: return false
    }
  }
}

func require(
  _ name: String,
  _ value: some CustomStringConvertible,
  _ requirement: String,
  _ isMet: Bool
) throws(TrainingError) {
  guard isMet else { throw .invalidOption(name: name, value: value.description, requirement: requirement) }
}
