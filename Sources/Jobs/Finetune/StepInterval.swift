/// A number of optimiser steps, or a share of all steps of the run.
package enum StepInterval: Sendable, Hashable {
  case steps(Int)
  /// Above 0 and below 1.
  case share(Double)
}

extension StepInterval: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let number = try container.decode(Double.self)
    if number > 0, number < 1 {
      self = .share(number)
    } else {
      self = .steps(try container.decode(Int.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .steps(let count): try container.encode(count)
    case .share(let share): try container.encode(share)
    }
  }
}

/// When something comes up: transformers' IntervalStrategy and SaveStrategy.
package enum StepStrategy: String, Codable, Sendable, CaseIterable {
  case never = "no"
  case steps
  case epoch
  /// Whenever an evaluation was the best so far; only for checkpoints.
  case best
}
