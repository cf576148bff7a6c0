package import Datasets
package import JSON

/// What a run will take, before it runs.
package struct TrainingCost: Sendable, Hashable {
  package let steps: Int
  package let epochs: Double
  /// That go through the model in all, and those of them that are learned.
  package let tokens: Int
  package let trainableTokens: Int
  /// Of all evaluations.
  package let evaluationTokens: Int
  /// Tokens of the largest batch, of either split: the model's `maximumRows`.
  package let largestBatchTokens: Int

  /// - Parameter packs: as for `Trainer`.
  package init(
    options: TrainingOptions,
    train: [TrainingExample],
    packs: [[Int]]? = nil,
    evaluation: [TrainingExample]? = nil
  ) throws(TrainingError) {
    let rows = packs.map { $0.map { pack in pack.map { train[$0] } } } ?? train.map { [$0] }
    let plan = try TrainingPlan(options: options, exampleCount: rows.count)
    steps = plan.totalSteps
    epochs = plan.epoch(afterStep: steps)
    let lengths = rows.map { TrainingData.tokenCount($0) }
    tokens = Self.count(lengths, epochs: epochs)
    trainableTokens = Self.count(rows.map { row in row.reduce(0) { $0 + $1.trainableCount } }, epochs: epochs)
    let evaluationLengths = (evaluation ?? []).map(\.tokens.count)
    evaluationTokens = evaluationLengths.reduce(0, +) * Self.evaluationCount(options, plan)
    largestBatchTokens = max(
      Self.largest(lengths, options.batches.trainBatchSize),
      Self.largest(evaluationLengths, options.batches.evaluationBatchSize)
    )
  }

  /// How long that takes, from `Trainer.measure()`. A token of an evaluation costs a third of one that is learned: it
  /// has no backward pass of two thirds.
  package func seconds(tokensPerSecond: Double) -> Double {
    (Double(tokens) + Double(evaluationTokens) / 3) / tokensPerSecond
  }

  /// For the answer of a dry run.
  /// - Parameter memory: peak bytes, as the model tells before it is loaded.
  package func json(memory: Int, tokensPerSecond: Double?) -> JSONObject {
    [
      "steps": JSONValue(steps), "epochs": .number(epochs), "tokens": JSONValue(tokens),
      "trainable_tokens": JSONValue(trainableTokens), "eval_tokens": JSONValue(evaluationTokens),
      "largest_batch_tokens": JSONValue(largestBatchTokens), "peak_memory_bytes": JSONValue(memory),
      "seconds": tokensPerSecond.map { .finite(seconds(tokensPerSecond: $0)) } ?? .null,
    ]
  }

  private static func count(_ counts: [Int], epochs: Double) -> Int {
    Int((Double(counts.reduce(0, +)) * epochs).rounded())
  }

  private static func largest(_ lengths: [Int], _ batchSize: Int) -> Int {
    lengths.sorted(by: >).prefix(batchSize).reduce(0, +)
  }

  private static func evaluationCount(_ options: TrainingOptions, _ plan: TrainingPlan) -> Int {
    let atStart = options.evaluation.runsAtStart ? 1 : 0
    switch options.evaluation.interval {
    case .never: return atStart
    case .epoch: return atStart + plan.epochCount
    case .steps:
      let interval = options.evaluation.interval.stepCount(totalSteps: plan.totalSteps) ?? plan.totalSteps
      return atStart + (plan.totalSteps + interval - 1) / interval
    }
  }
}
