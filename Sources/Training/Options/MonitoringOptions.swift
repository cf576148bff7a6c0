package struct LoggingOptions: Sendable, Hashable {
  package var interval: Interval
  /// `logging_first_step`.
  package var logsFirstStep: Bool

  package init(interval: Interval = .steps(500), logsFirstStep: Bool = false) {
    self.interval = interval
    self.logsFirstStep = logsFirstStep
  }
}

package struct EvaluationOptions: Sendable, Hashable {
  package var interval: Interval
  /// `eval_delay`: steps, or epochs where the interval is the epoch, before the first evaluation.
  package var delay: Double
  /// `eval_on_start`.
  package var runsAtStart: Bool
  /// What decides which model is the best; nil where nothing asks for it.
  package var best: BestModelOptions?
  package var earlyStopping: EarlyStopping?

  /// transformers' EarlyStoppingCallback.
  package struct EarlyStopping: Sendable, Hashable {
    /// Evaluations in a row without an improvement of more than `threshold` that end the run.
    package var patience: Int
    package var threshold: Double

    package init(patience: Int = 1, threshold: Double = 0) {
      self.patience = patience
      self.threshold = threshold
    }
  }

  package init(
    interval: Interval = .never,
    delay: Double = 0,
    runsAtStart: Bool = false,
    best: BestModelOptions? = nil,
    earlyStopping: EarlyStopping? = nil
  ) {
    self.interval = interval
    self.delay = delay
    self.runsAtStart = runsAtStart
    self.best = best
    self.earlyStopping = earlyStopping
  }
}

/// `metric_for_best_model` and `greater_is_better`.
package struct BestModelOptions: Sendable, Hashable {
  package enum Metric: String, Sendable, Hashable, CaseIterable {
    case loss = "eval_loss"
    case accuracy = "eval_mean_token_accuracy"
    case perplexity = "eval_perplexity"

    package var isBetterWhenGreater: Bool { self == .accuracy }

    /// With or without `eval_`, as transformers takes it.
    package init?(name: String) { self.init(rawValue: name.hasPrefix("eval_") ? name : "eval_" + name) }
  }

  package var metric: Metric
  package var greaterIsBetter: Bool

  /// - Parameter greaterIsBetter: nil for what suits the metric.
  package init(metric: Metric = .loss, greaterIsBetter: Bool? = nil) {
    self.metric = metric
    self.greaterIsBetter = greaterIsBetter ?? metric.isBetterWhenGreater
  }

  package func isBetter(_ value: Double, than other: Double) -> Bool {
    greaterIsBetter ? value > other : value < other
  }
}

package struct SavingOptions: Sendable, Hashable {
  package enum Moment: Sendable, Hashable {
    case interval(Interval)
    /// Whenever an evaluation was the best so far.
    case best
  }

  package var moment: Moment
  /// `save_total_limit`: checkpoints to keep, the best one besides the newest; nil: all.
  package var limit: Int?
  /// `load_best_model_at_end`.
  package var loadsBestAtEnd: Bool

  package init(moment: Moment = .interval(.steps(500)), limit: Int? = nil, loadsBestAtEnd: Bool = false) {
    self.moment = moment
    self.limit = limit
    self.loadsBestAtEnd = loadsBestAtEnd
  }
}
