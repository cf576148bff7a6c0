package import JSON

/// Where a run stands between two steps: all that a resumed run needs besides parameters and moments.
package struct TrainerState: Sendable, Hashable {
  /// Optimiser steps that were taken, those that changed nothing included.
  package internal(set) var globalStep = 0
  /// Steps that changed parameters: AdamW's count.
  package internal(set) var updateCount = 0
  /// Tokens that went through the model, without evaluations.
  package internal(set) var tokensSeen = 0
  package internal(set) var best = BestModel()
  package internal(set) var health = HealthGuard()
  package internal(set) var plateau = PlateauState()
  package internal(set) var greedy = GreedyState()
  /// What was logged, as transformers writes it to trainer_state.json.
  package internal(set) var logHistory: [JSONValue] = []
  package internal(set) var adjustments: [TrainingAdjustment] = []
  /// nil while the run goes on.
  package internal(set) var endReason: TrainingEvent.EndReason?
  /// The norm of the last gradient, before clipping.
  package internal(set) var gradientNorm: Double?
  /// The rate of the last step.
  package internal(set) var learningRate = 0.0
  var evaluation: EvaluationProgress?
  var didEvaluateAtStart = false
  var losses = LossMeter()

  init() {}
}

/// Under the names of trainer_state.json, where there are such. JSON values are not among them: Foundation's encoder
/// would make 1 of 1.0.
extension TrainerState: Codable {
  private enum CodingKeys: String, CodingKey {
    case globalStep = "global_step"
    case updateCount = "update_count"
    case tokensSeen = "num_input_tokens_seen"
    case best
    case health
    case plateau
    case greedy
    case endReason = "end_reason"
    case gradientNorm = "grad_norm"
    case learningRate = "learning_rate"
    case evaluation
    case didEvaluateAtStart = "did_eval_on_start"
    case losses
  }
}
