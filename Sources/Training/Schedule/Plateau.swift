/// `reduce_lr_on_plateau`, with the defaults of torch's ReduceLROnPlateau.
package struct PlateauOptions: Sendable, Hashable {
  package enum ThresholdMode: String, Sendable, Hashable, CaseIterable {
    case relative = "rel"
    case absolute = "abs"
  }

  /// `mode`: which metrics improve.
  package enum Direction: String, Sendable, Hashable, CaseIterable {
    case falling = "min"
    case rising = "max"
  }

  /// nil: that of the metric for the best model.
  package var direction: Direction?
  package var factor: Double
  /// Evaluations without improvement that are tolerated.
  package var patience: Int
  package var threshold: Double
  package var thresholdMode: ThresholdMode
  /// Evaluations after a reduction that do not count.
  package var cooldown: Int
  package var minimum: Double
  /// A reduction by less than this is not made.
  package var epsilon: Double

  package init(
    direction: Direction? = nil,
    factor: Double = 0.1,
    patience: Int = 10,
    threshold: Double = 1e-4,
    thresholdMode: ThresholdMode = .relative,
    cooldown: Int = 0,
    minimum: Double = 0,
    epsilon: Double = 1e-8
  ) {
    self.direction = direction
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.thresholdMode = thresholdMode
    self.cooldown = cooldown
    self.minimum = minimum
    self.epsilon = epsilon
  }
}

/// What evaluations have done to the learning rate so far.
package struct PlateauState: Sendable, Hashable, Codable {
  package private(set) var best: Double?
  private var badCount = 0
  private var cooldownCount = 0
  /// Multiplies the learning rate.
  package private(set) var factor = 1.0

  package init() {}

  /// Takes the metric of one evaluation.
  /// - Parameter base: the parameter `learning_rate`.
  package mutating func record(_ metric: Double, greaterIsBetter: Bool, base: Double, _ options: PlateauOptions) {
    let isBetter = options.thresholdMode.isImprovement(
      metric,
      over: best,
      greaterIsBetter: greaterIsBetter,
      threshold: options.threshold
    )
    if isBetter {
      best = metric
      badCount = 0
    } else {
      badCount += 1
    }
    if cooldownCount > 0 {
      cooldownCount -= 1
      badCount = 0
    }
    guard badCount > options.patience else { return }
    let old = base * factor
    let new = max(old * options.factor, options.minimum)
    if old - new > options.epsilon { factor = new / base }
    cooldownCount = options.cooldown
    badCount = 0
  }
}

extension PlateauOptions.ThresholdMode {
  /// - Parameter best: nil before the first metric, which any number improves on.
  func isImprovement(_ metric: Double, over best: Double?, greaterIsBetter: Bool, threshold: Double) -> Bool {
    guard let best else { return !metric.isNaN }
    switch (self, greaterIsBetter) {
    case (.relative, false): return metric < best * (1 - threshold)
    case (.relative, true): return metric > best * (1 + threshold)
    case (.absolute, false): return metric < best - threshold
    case (.absolute, true): return metric > best + threshold
    }
  }
}
