package import JSON

/// What a step has to say. Values go by the names that transformers and TRL log them under.
package enum TrainingEvent: Sendable, Hashable {
  /// The largest batches went through the model, before anything was learned from them.
  case probed(rows: Int, seconds: Double)
  /// `loss`, `grad_norm`, `learning_rate`, `epoch`, `num_tokens`, `mean_token_accuracy`, `tokens_per_second`.
  case log(step: Int, values: JSONObject)
  /// `eval_loss`, `eval_mean_token_accuracy`, `eval_perplexity`, `eval_runtime` …
  case evaluated(step: Int, values: JSONObject)
  /// An evaluation was the best so far.
  case best(step: Int, metric: Double)
  /// Now is the time for `save(to:)`, before the next step.
  case checkpointDue(step: Int, isBest: Bool)
  case adjusted(TrainingAdjustment)
  case warning(step: Int, TrainingWarning)
  /// `train_loss`, `train_runtime`, `train_steps_per_second` …; nothing follows.
  case finished(step: Int, reason: EndReason, values: JSONObject)

  package enum EndReason: String, Sendable, Hashable, Codable {
    case completed
    case stoppedEarly = "early_stopping"
  }
}

package enum TrainingWarning: Sendable, Hashable {
  /// The norm of the gradient, before clipping, rose above what is healthy; told again once it has been below.
  case highGradientNorm(Double)
  /// The loss or its gradient is not a number; the step changed nothing.
  case nonFiniteLoss(inARow: Int)
  /// No label in the rows of a step.
  case nothingToLearn

  package var code: String {
    switch self {
    case .highGradientNorm: "gradient_norm_high"
    case .nonFiniteLoss: "loss_not_finite"
    case .nothingToLearn: "nothing_to_learn"
    }
  }
}

extension TrainingWarning: CustomStringConvertible {
  package var description: String {
    switch self {
    case .highGradientNorm(let norm):
      "the gradient's norm is \((norm * 10).rounded() / 10), above \(HealthGuard.highGradientNorm); "
        + "a lower learning_rate or longer warmup_steps may be needed"
    case .nonFiniteLoss(let count):
      "the loss or its gradient is not a number; the step was left out (\(count) in a row, "
        + "\(HealthGuard.nonFiniteLimit) stop the run)"
    case .nothingToLearn: "no row of the step has a label; its parameters stay as they are"
    }
  }
}

/// Options that were changed while the run lasted.
package struct TrainingAdjustment: Sendable, Hashable {
  /// Of the queue: grows with each adjustment of a job.
  package let sequence: Int
  /// Steps that had been taken when it took effect.
  package let step: Int
  /// By the names of transformers.
  package let changes: JSONObject

  package init(sequence: Int, step: Int, changes: JSONObject) {
    self.sequence = sequence
    self.step = step
    self.changes = changes
  }
}
