/// When the model is evaluated, on what, and what of it decides; names and defaults of TrainingArguments.
package struct EvaluationParameters: Codable, Sendable, Hashable {
  package enum Rows: Sendable, Hashable {
    /// A dataset of its own, `name@version`.
    case dataset(String)
    /// A share of the training rows, which are not trained on.
    case share(Double)
  }

  package enum Metric: String, Sendable, Hashable, CaseIterable {
    case loss = "eval_loss"
    case accuracy = "eval_mean_token_accuracy"
    case perplexity = "eval_perplexity"

    package var isBetterWhenGreater: Bool { self == .accuracy }
  }

  /// transformers' EarlyStoppingCallback.
  package struct EarlyStopping: Sendable, Hashable {
    /// Evaluations in a row that are not better by more than the threshold.
    package var patience: Int
    package var threshold: Double

    package init(patience: Int, threshold: Double = 0) {
      self.patience = patience
      self.threshold = threshold
    }
  }

  package var rows: Rows?
  package var strategy = StepStrategy.never
  /// nil: whenever the loss is logged.
  package var steps: StepInterval?
  /// Steps, or epochs where the strategy is the epoch, before the first one.
  package var delay = 0.0
  package var runsAtStart = false
  package var metric = Metric.loss
  package var greaterIsBetter = false
  package var earlyStopping: EarlyStopping?

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case dataset = "eval_dataset"
    case share = "eval_split"
    case strategy = "eval_strategy"
    case steps = "eval_steps"
    case delay = "eval_delay"
    case runsAtStart = "eval_on_start"
    case metric = "metric_for_best_model"
    case greaterIsBetter = "greater_is_better"
    case patience = "early_stopping_patience"
    case threshold = "early_stopping_threshold"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    rows =
      try container.decodeIfPresent(String.self, forKey: .dataset).map(Rows.dataset)
      ?? container.decodeIfPresent(Double.self, forKey: .share).map(Rows.share)
    strategy = try container.value(.strategy, or: strategy)
    steps = try container.decodeIfPresent(StepInterval.self, forKey: .steps)
    delay = try container.value(.delay, or: delay)
    runsAtStart = try container.value(.runsAtStart, or: runsAtStart)
    let name = try container.value(.metric, or: metric.rawValue)
    metric = Metric(rawValue: name.hasPrefix("eval_") ? name : "eval_" + name) ?? metric
    greaterIsBetter = try container.value(.greaterIsBetter, or: metric.isBetterWhenGreater)
    if let patience = try container.decodeIfPresent(Int.self, forKey: .patience) {
      earlyStopping = EarlyStopping(patience: patience, threshold: try container.value(.threshold, or: 0))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch rows {
    case .dataset(let name): try container.encode(name, forKey: .dataset)
    case .share(let share): try container.encode(share, forKey: .share)
    case nil: break
    }
    try container.encode(strategy, forKey: .strategy)
    try container.encodeIfPresent(steps, forKey: .steps)
    try container.encode(delay, forKey: .delay)
    try container.encode(runsAtStart, forKey: .runsAtStart)
    try container.encode(metric.rawValue, forKey: .metric)
    try container.encode(greaterIsBetter, forKey: .greaterIsBetter)
    try container.encodeIfPresent(earlyStopping?.patience, forKey: .patience)
    try container.encodeIfPresent(earlyStopping?.threshold, forKey: .threshold)
  }
}
