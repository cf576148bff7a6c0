package import Checkpoints

/// Why a fine-tuning was refused, stopped or could not be resumed. No case holds text of the data.
package enum TrainingError: Error, Sendable, Hashable {
  /// `name` is the parameter's name in transformers.
  case invalidOption(name: String, value: String, requirement: String)
  case noExamples(split: String)
  case fewerExamplesThanBatch(examples: Int, batchSize: Int)
  /// `example` counts from 0 in the split.
  case invalidToken(split: String, example: Int, id: Int, vocabularySize: Int)
  case exampleTooLong(split: String, example: Int, tokens: Int, limit: Int)
  case noTrainableTokens(split: String)
  case notAdjustable(name: String, adjustable: [String])
  /// An adjustment for a step that has been taken.
  case adjustmentTooLate(step: Int, globalStep: Int)
  case nonFiniteLoss(step: Int, inARow: Int)
  /// Values in nats a token.
  case lossDiverged(step: Int, smoothedLoss: Double, bestLoss: Double, bestStep: Int)
  case checkpoint(CheckpointError)
  case cannotWrite(path: String, problem: String)
  case invalidState(path: String, problem: String)
  /// The checkpoint belongs to another run: `what` differs.
  case differentRun(what: String, stored: String, given: String)
}

extension TrainingError: CustomStringConvertible {
  /// The code that the queue stores with a failed job.
  package var code: String {
    switch self {
    case .invalidOption, .fewerExamplesThanBatch, .notAdjustable, .adjustmentTooLate: "invalid_value"
    case .noExamples, .invalidToken, .exampleTooLong, .noTrainableTokens: "invalid_dataset"
    case .nonFiniteLoss: "nan_loss"
    case .lossDiverged: "loss_diverged"
    case .differentRun, .invalidState: "checkpoint_mismatch"
    case .checkpoint, .cannotWrite: "checkpoint_failed"
    }
  }

  /// The parameter that the error is about.
  package var parameter: String? {
    switch self {
    case .invalidOption(let name, _, _), .notAdjustable(let name, _): name
    case .fewerExamplesThanBatch: "per_device_train_batch_size"
    case .noExamples, .invalidToken, .exampleTooLong, .noTrainableTokens: "dataset"
    case .nonFiniteLoss, .lossDiverged: "learning_rate"
    case .adjustmentTooLate, .checkpoint, .cannotWrite, .invalidState, .differentRun: nil
    }
  }

  /// Whether another attempt, perhaps on another worker, may succeed.
  package var isRetryable: Bool {
    switch self {
    case .checkpoint, .cannotWrite, .differentRun: true
    default: false
    }
  }

  package var description: String {
    switch self {
    case .invalidOption(let name, let value, let requirement): "\(name) is \(value), but must be \(requirement)"
    case .noExamples(let split): "the \(split) split has no rows; give at least one"
    case .fewerExamplesThanBatch(let examples, let batchSize):
      "\(examples) rows make no batch of \(batchSize); lower per_device_train_batch_size or set "
        + "dataloader_drop_last to false"
    case .invalidToken(let split, let example, let id, let vocabularySize):
      "row \(example) of the \(split) split has the token id \(id), outside 0..<\(vocabularySize); "
        + "encode the data with this model's tokenizer"
    case .exampleTooLong(let split, let example, let tokens, let limit):
      "row \(example) of the \(split) split has \(tokens) tokens, but the model's context is \(limit); lower max_length"
    case .noTrainableTokens(let split):
      "no token of the \(split) split is trained on; check the columns and the chat template of the data"
    case .notAdjustable(let name, let adjustable):
      "\(name) cannot be changed while the run lasts; \(adjustable.joined(separator: ", ")) can"
    case .adjustmentTooLate(let step, let globalStep):
      "an adjustment for step \(step) came when the run was at step \(globalStep); resume from a checkpoint before it"
    case .nonFiniteLoss(let step, let inARow):
      "the loss or its gradient was not a number in \(inARow) steps in a row, up to step \(step); "
        + "lower learning_rate or max_grad_norm"
    case .lossDiverged(let step, let smoothedLoss, let bestLoss, let bestStep):
      "the loss rose to \(rounded(smoothedLoss)) at step \(step), from \(rounded(bestLoss)) at step \(bestStep); "
        + "the last checkpoint before that is kept: lower learning_rate or lengthen warmup_steps"
    case .checkpoint(let error): error.description
    case .cannotWrite(let path, let problem): "\(path) cannot be written: \(problem)"
    case .invalidState(let path, let problem): "\(path): \(problem); resume from another checkpoint"
    case .differentRun(let what, let stored, let given):
      "the checkpoint was made with \(what) \(stored), this run has \(given); resume with the same or start anew"
    }
  }

  private func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
