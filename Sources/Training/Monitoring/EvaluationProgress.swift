internal import Foundation
internal import JSON
internal import Models

/// An evaluation under way: a step takes one batch of it, so that a run can be interrupted inside.
struct EvaluationProgress: Sendable, Hashable, Codable {
  /// Rows of the evaluation split that are done.
  var exampleCount = 0
  /// Whether a checkpoint comes after it by the interval.
  let isSaveDue: Bool
  private var lossSum = 0.0
  private var tokenCount = 0
  private var hitCount = 0
  private var seconds = 0.0

  init(isSaveDue: Bool) { self.isSaveDue = isSaveDue }

  mutating func record(_ loss: BatchLoss, exampleCount: Int, seconds: Double) {
    self.exampleCount += exampleCount
    lossSum += loss.sum
    tokenCount += loss.tokenCount
    hitCount += loss.hitCount
    self.seconds += seconds
  }

  /// Over all tokens with a label, each counting alike.
  var loss: Double { lossSum / Double(max(1, tokenCount)) }

  func value(of metric: BestModelOptions.Metric) -> Double {
    switch metric {
    case .loss: loss
    case .accuracy: Double(hitCount) / Double(max(1, tokenCount))
    case .perplexity: exp(loss)
    }
  }

  var values: JSONObject {
    JSONObject(
      uniqueKeysWithValues: BestModelOptions.Metric.allCases.map { ($0.rawValue, .finite(value(of: $0))) }
    )
  }

  /// Of the attempts that took part in it.
  func speeds(batchSize: Int) -> JSONObject {
    let batchCount = (exampleCount + batchSize - 1) / batchSize
    return [
      "eval_runtime": .number(seconds),
      "eval_samples_per_second": .finite(Double(exampleCount) / seconds),
      "eval_steps_per_second": .finite(Double(batchCount) / seconds),
    ]
  }
}

extension JSONValue {
  /// null for what JSON has no number for.
  static func finite(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
}
