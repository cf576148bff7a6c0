/// `greedy`, with the defaults of transformers' GreedyLR (arXiv 2512.14527): the rate grows while the metric improves
/// and falls while it does not.
package struct GreedyOptions: Sendable, Hashable {
  /// nil: that of the metric for the best model.
  package var direction: PlateauOptions.Direction?
  /// Multiplies the rate when it falls, divides it when it grows.
  package var factor: Double
  /// Evaluations in a row, better or worse, that are waited for.
  package var patience: Int
  package var threshold: Double
  package var thresholdMode: PlateauOptions.ThresholdMode
  /// Evaluations that do not count after the rate fell, and after it grew.
  package var cooldown: Int
  package var warmup: Int
  package var minimum: Double
  package var maximum: Double
  /// A change by less than this is not made.
  package var epsilon: Double
  /// Evaluations whose mean is taken as the metric; nil: each by itself.
  package var smoothingWindow: Int?
  /// Reductions at the minimum after which all begins anew.
  package var resetStart: Int

  package init(
    direction: PlateauOptions.Direction? = nil,
    factor: Double = 0.95,
    patience: Int = 10,
    threshold: Double = 1e-6,
    thresholdMode: PlateauOptions.ThresholdMode = .absolute,
    cooldown: Int = 0,
    warmup: Int = 0,
    minimum: Double = 1e-3,
    maximum: Double = 1,
    epsilon: Double = 1e-8,
    smoothingWindow: Int? = nil,
    resetStart: Int = 500
  ) {
    self.direction = direction
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.thresholdMode = thresholdMode
    self.cooldown = cooldown
    self.warmup = warmup
    self.minimum = minimum
    self.maximum = maximum
    self.epsilon = epsilon
    self.smoothingWindow = smoothingWindow
    self.resetStart = resetStart
  }
}

/// What evaluations have done to the learning rate so far.
package struct GreedyState: Sendable, Hashable, Codable {
  private var best: Double?
  private var badCount = 0
  private var goodCount = 0
  private var cooldownCount = 0
  private var warmupCount = 0
  private var reductionsAtMinimum = 0
  private var window: [Double] = []
  /// Multiplies the learning rate.
  package private(set) var factor = 1.0

  package init() {}

  /// Takes the metric of one evaluation.
  /// - Parameter base: the parameter `learning_rate`.
  package mutating func record(_ metric: Double, greaterIsBetter: Bool, base: Double, _ options: GreedyOptions) {
    let metric = smoothed(metric, options)
    if cooldownCount > 0 || warmupCount > 0 {
      if cooldownCount > 0 { cooldownCount -= 1 } else { warmupCount -= 1 }
      (badCount, goodCount) = (0, 0)
      return
    }
    let isBetter = options.thresholdMode.isImprovement(
      metric,
      over: best,
      greaterIsBetter: greaterIsBetter,
      threshold: options.threshold
    )
    if isBetter { best = metric }
    (goodCount, badCount) = isBetter ? (goodCount + 1, 0) : (0, badCount + 1)
    if goodCount > options.patience {
      grow(base: base, options)
    } else if badCount > options.patience {
      fall(base: base, options)
    }
  }

  private mutating func smoothed(_ metric: Double, _ options: GreedyOptions) -> Double {
    guard let size = options.smoothingWindow else { return metric }
    window = (window + [metric]).suffix(size)
    return window.reduce(0, +) / Double(window.count)
  }

  private mutating func grow(base: Double, _ options: GreedyOptions) {
    let old = base * factor
    let new = min(old / options.factor, options.maximum)
    if new - old > options.epsilon { factor = new / base }
    warmupCount = options.warmup
    goodCount = 0
    reductionsAtMinimum = 0
  }

  private mutating func fall(base: Double, _ options: GreedyOptions) {
    let old = base * factor
    let new = max(old * options.factor, options.minimum)
    if old - new > options.epsilon { factor = new / base }
    if base * factor <= options.minimum {
      reductionsAtMinimum += 1
      if reductionsAtMinimum >= options.resetStart { self = GreedyState() }
    }
    cooldownCount = options.cooldown
    badCount = 0
  }
}
