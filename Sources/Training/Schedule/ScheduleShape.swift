internal import Foundation

extension LearningRateSchedule {
  /// `lr_scheduler_type` with what its `lr_scheduler_kwargs` can say.
  package enum Shape: Sendable, Hashable {
    case linear
    case cosine(cycles: Double)
    case cosineWithRestarts(cycles: Int)
    case polynomial(power: Double, end: Double)
    case constant
    case constantWithWarmup
    /// - timescale: nil for the warm-up, or 10 000 where there is none.
    case inverseSquareRoot(timescale: Int?)
    case reduceOnPlateau(PlateauOptions)
    case greedy(GreedyOptions)
    case cosineWithMinimum(cycles: Double, minimum: Minimum)
    /// - warmupRate: the share of the learning rate to begin with; nil: 1 / warm-up.
    case cosineWithWarmupMinimum(cycles: Double, minimum: Minimum, warmupRate: Double?)
    case warmupStableDecay(StableDecay)
  }

  /// What a cosine ends at.
  package enum Minimum: Sendable, Hashable {
    /// `min_lr`.
    case learningRate(Double)
    /// `min_lr_rate`: a share of the learning rate.
    case rate(Double)

    func rate(base: Double) -> Double {
      switch self {
      case .learningRate(let value): value / base
      case .rate(let rate): rate
      }
    }
  }

  /// `warmup_stable_decay`: up, level, down.
  package struct StableDecay: Sendable, Hashable {
    package enum Curve: String, Sendable, Hashable, CaseIterable {
      case linear
      case cosine
      case oneMinusSquareRoot = "1-sqrt"

      func ascent(_ progress: Double) -> Double {
        switch self {
        case .linear: progress
        case .cosine: 0.5 * (1 - cos(.pi * progress))
        case .oneMinusSquareRoot: 1 - (1 - progress).squareRoot()
        }
      }

      func descent(_ progress: Double, cycles: Double) -> Double {
        switch self {
        case .linear: 1 - progress
        case .cosine: LearningRateSchedule.cosine(progress, cycles: cycles)
        case .oneMinusSquareRoot: 1 - progress.squareRoot()
        }
      }
    }

    package var decaySteps: Int
    /// nil: what warm-up and decay leave of the run.
    package var stableSteps: Int?
    package var warmupCurve: Curve
    package var decayCurve: Curve
    /// A share of the learning rate.
    package var minimum: Double
    package var cycles: Double

    package init(
      decaySteps: Int,
      stableSteps: Int? = nil,
      warmupCurve: Curve = .linear,
      decayCurve: Curve = .cosine,
      minimum: Double = 0,
      cycles: Double = 0.5
    ) {
      self.decaySteps = decaySteps
      self.stableSteps = stableSteps
      self.warmupCurve = warmupCurve
      self.decayCurve = decayCurve
      self.minimum = minimum
      self.cycles = cycles
    }

    func factor(step: Int, total: Int, warmup: Int) -> Double {
      if step < warmup {
        let progress = Double(step) / Double(max(1, warmup))
        return scaled(warmupCurve.ascent(progress))
      }
      let decayStart = warmup + (stableSteps ?? total - warmup - decaySteps)
      if step < decayStart { return 1 }
      guard step - decayStart < decaySteps else { return minimum }
      let progress = Double(step - decayStart) / Double(max(1, decaySteps))
      return scaled(decayCurve.descent(progress, cycles: cycles))
    }

    private func scaled(_ factor: Double) -> Double { max(0, factor * (1 - minimum) + minimum) }
  }
}

extension LearningRateSchedule.Shape {
  /// Whether evaluations decide the rate.
  var followsMetrics: Bool {
    switch self {
    case .reduceOnPlateau, .greedy: true
    default: false
    }
  }
}
