/// How often something comes up: the `…_strategy` and `…_steps` of transformers.
package enum Interval: Sendable, Hashable {
  case never
  /// Every so many optimiser steps; below 1 a share of all steps of the run.
  case steps(Double)
  /// At the end of each epoch.
  case epoch

  /// Optimiser steps from one to the next, as transformers rounds them; nil unless the interval counts steps.
  package func stepCount(totalSteps: Int) -> Int? {
    guard case .steps(let steps) = self else { return nil }
    return steps < 1 ? max(1, Int((Double(totalSteps) * steps).rounded(.up))) : Int(steps)
  }
}
