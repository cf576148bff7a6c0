internal import Foundation

/// The learning rate as a function of the step, as transformers' `get_scheduler` has it.
package struct LearningRateSchedule: Sendable, Hashable {
  package var shape: Shape
  /// `warmup_steps`; below 1 a share of all steps.
  package var warmup: Double

  package init(shape: Shape = .linear, warmup: Double = 0) {
    self.shape = shape
    self.warmup = warmup
  }

  package func warmupSteps(totalSteps: Int) -> Int {
    warmup >= 1 ? Int(warmup) : Int((Double(totalSteps) * warmup).rounded(.up))
  }

  /// The rate of the optimiser step after `step` others, from `base`, the parameter `learning_rate`.
  ///
  /// What metrics do to it (`reduce_lr_on_plateau`, `greedy`) comes on top.
  package func learningRate(base: Double, step: Int, totalSteps: Int) -> Double {
    base * factor(base: base, step: step, total: totalSteps, warmup: warmupSteps(totalSteps: totalSteps))
  }

  private func factor(base: Double, step: Int, total: Int, warmup: Int) -> Double {
    switch shape {
    case .constant, .reduceOnPlateau, .greedy: return 1
    case .warmupStableDecay(let phases): return phases.factor(step: step, total: total, warmup: warmup)
    case .cosineWithWarmupMinimum(let cycles, let minimum, let warmupRate):
      let rate = minimum.rate(base: base)
      if step < warmup {
        guard let warmupRate else { return Double(step + 1) / Double(max(1, warmup)) }
        return warmupRate + (1 - warmupRate) * Double(step) / Double(max(1, warmup - 1))
      }
      let progress = Double(step - warmup + 1) / Double(max(1, total - warmup))
      return max(0, Self.cosine(progress, cycles: cycles) * (1 - rate) + rate)
    default:
      if step < warmup { return Double(step) / Double(max(1, warmup)) }
      return decay(base: base, step: step, total: total, warmup: warmup)
    }
  }

  /// After a linear warm-up.
  private func decay(base: Double, step: Int, total: Int, warmup: Int) -> Double {
    let progress = Double(step - warmup) / Double(max(1, total - warmup))
    switch shape {
    case .linear: return max(0, Double(total - step) / Double(max(1, total - warmup)))
    case .cosine(let cycles): return max(0, Self.cosine(progress, cycles: cycles))
    case .cosineWithRestarts(let cycles):
      if progress >= 1 { return 0 }
      return max(0, 0.5 * (1 + cos(.pi * (Double(cycles) * progress).truncatingRemainder(dividingBy: 1))))
    case .cosineWithMinimum(let cycles, let minimum):
      let rate = minimum.rate(base: base)
      return max(0, Self.cosine(progress, cycles: cycles) * (1 - rate) + rate)
    case .polynomial(let power, let end):
      if step > total { return end / base }
      return ((base - end) * pow(1 - progress, power) + end) / base
    case .inverseSquareRoot(let timescale):
      let scale = Double(timescale ?? (warmup > 0 ? warmup : 10_000))
      return 1 / ((Double(step - warmup) + scale) / scale).squareRoot()
    case .constantWithWarmup, .constant, .reduceOnPlateau, .greedy, .warmupStableDecay, .cosineWithWarmupMinimum:
      return 1
    }
  }

  static func cosine(_ progress: Double, cycles: Double) -> Double {
    0.5 * (1 + cos(.pi * cycles * 2 * progress))
  }
}
