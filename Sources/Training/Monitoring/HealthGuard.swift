/// Watches that a run learns: three rules, and what they remember from step to step.
///
/// - A loss or gradient that is not a number changes nothing; three in a row end the run.
/// - A gradient norm above 100 is told once each time it rises above.
/// - Divergence: the exponential mean of the loss over about 20 steps stays, for 10 steps, above both twice its lowest
///   value and that value plus one nat a token. Not under sequential sampling, where later rows may simply be harder.
///   No checkpoint is due while the mean is up there, so the newest one is from before.
package struct HealthGuard: Sendable, Hashable, Codable {
  package static let highGradientNorm = 100.0
  package static let nonFiniteLimit = 3
  static let meanDecay = 0.95
  static let meanMinimumSteps = 20
  static let divergedFactor = 2.0
  static let divergedMargin = 1.0
  static let divergedSteps = 10

  /// Steps that changed nothing.
  package private(set) var skippedSteps = 0
  private var nonFiniteInARow = 0
  private var isGradientNormHigh = false
  /// The exponential mean, not yet divided by the weight that it has.
  private var weightedLoss = 0.0
  private var weight = 0.0
  private var lossCount = 0
  private var bestLoss: Double?
  private var bestStep = 0
  private var stepsAbove = 0

  init() {}

  var isDiverging: Bool { stepsAbove > 0 }

  mutating func recordNonFinite(step: Int) throws(TrainingError) -> TrainingWarning {
    skippedSteps += 1
    nonFiniteInARow += 1
    guard nonFiniteInARow < Self.nonFiniteLimit else { throw .nonFiniteLoss(step: step, inARow: nonFiniteInARow) }
    return .nonFiniteLoss(inARow: nonFiniteInARow)
  }

  /// Of a step whose loss and gradient are numbers.
  mutating func record(gradientNorm: Double) -> TrainingWarning? {
    nonFiniteInARow = 0
    let wasHigh = isGradientNormHigh
    isGradientNormHigh = gradientNorm > Self.highGradientNorm
    return isGradientNormHigh && !wasHigh ? .highGradientNorm(gradientNorm) : nil
  }

  /// - Parameter loss: the mean of a step, in nats a token.
  mutating func record(loss: Double, step: Int) throws(TrainingError) {
    weightedLoss = Self.meanDecay * weightedLoss + (1 - Self.meanDecay) * loss
    weight = Self.meanDecay * weight + (1 - Self.meanDecay)
    lossCount += 1
    guard lossCount >= Self.meanMinimumSteps else { return }
    let mean = weightedLoss / weight
    guard let best = bestLoss, mean >= best else {
      bestLoss = mean
      bestStep = step
      stepsAbove = 0
      return
    }
    stepsAbove = mean > max(best * Self.divergedFactor, best + Self.divergedMargin) ? stepsAbove + 1 : 0
    guard stepsAbove < Self.divergedSteps else {
      throw .lossDiverged(step: step, smoothedLoss: mean, bestLoss: best, bestStep: bestStep)
    }
  }
}
