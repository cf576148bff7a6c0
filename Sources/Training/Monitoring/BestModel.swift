/// The best evaluation so far, and how long ago that was.
package struct BestModel: Sendable, Hashable, Codable {
  package private(set) var metric: Double?
  package private(set) var step: Int?
  /// Evaluations in a row that were no improvement, as transformers' EarlyStoppingCallback counts them.
  package private(set) var evaluationsWithoutImprovement = 0

  init() {}

  /// - Returns: whether `value` is the new best.
  mutating func record(_ value: Double, step: Int, _ options: BestModelOptions, threshold: Double) -> Bool {
    guard !value.isNaN else {
      evaluationsWithoutImprovement += 1
      return false
    }
    guard let best = metric else {
      metric = value
      self.step = step
      return true
    }
    let isBetter = options.isBetter(value, than: best)
    if isBetter && abs(value - best) > threshold {
      evaluationsWithoutImprovement = 0
    } else {
      evaluationsWithoutImprovement += 1
    }
    guard isBetter else { return false }
    metric = value
    self.step = step
    return true
  }
}
