internal import JSON
internal import Models

/// Losses since the last log, and over the run.
struct LossMeter: Sendable, Hashable, Codable {
  /// Of the steps' mean losses, as transformers adds them up.
  private var lossSum = 0.0
  private var stepCount = 0
  private var tokenCount = 0
  private var hitCount = 0
  private var totalLossSum = 0.0
  private var totalStepCount = 0

  /// Nothing for a step whose loss is not a number: it would hide all others.
  mutating func record(_ loss: BatchLoss, mean: Double) {
    guard mean.isFinite else { return }
    lossSum += mean
    stepCount += 1
    tokenCount += loss.tokenCount
    hitCount += loss.hitCount
    totalLossSum += mean
    totalStepCount += 1
  }

  var isEmpty: Bool { stepCount == 0 }

  /// `loss` and `mean_token_accuracy` since the last call.
  mutating func takeMeans() -> JSONObject {
    defer { (lossSum, stepCount, tokenCount, hitCount) = (0, 0, 0, 0) }
    guard stepCount > 0 else { return [:] }
    return [
      "loss": .number(lossSum / Double(stepCount)),
      "mean_token_accuracy": .number(Double(hitCount) / Double(max(1, tokenCount))),
    ]
  }

  /// `train_loss`; nil where no step had one.
  var trainLoss: Double? { totalStepCount > 0 ? totalLossSum / Double(totalStepCount) : nil }
}
