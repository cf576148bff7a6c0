extension LearningRateSchedule {
  func validate(learningRate: Double) throws(TrainingError) {
    try Training.require(
      "warmup_steps",
      warmup,
      "a whole number of steps, or a share of them below 1",
      warmup >= 0 && (warmup < 1 || (warmup == warmup.rounded() && warmup <= 1e15))
    )
    switch shape {
    case .linear, .constant, .constantWithWarmup: break
    case .cosine(let cycles): try Self.validate(cycles: cycles)
    case .cosineWithRestarts(let cycles): try Self.require("num_cycles", cycles, "at least 1", cycles >= 1)
    case .polynomial(let power, let end):
      try Self.require("power", power, "at least 0", power >= 0 && power.isFinite)
      try Self.require("lr_end", end, "at least 0 and below learning_rate", end >= 0 && end < learningRate)
    case .inverseSquareRoot(let timescale):
      if let timescale { try Self.require("timescale", timescale, "at least 1", timescale >= 1) }
    case .reduceOnPlateau(let options): try options.validate()
    case .greedy(let options): try options.validate()
    case .cosineWithMinimum(let cycles, let minimum):
      try Self.validate(cycles: cycles)
      try minimum.validate(learningRate: learningRate)
    case .cosineWithWarmupMinimum(let cycles, let minimum, let warmupRate):
      try Self.validate(cycles: cycles)
      try minimum.validate(learningRate: learningRate)
      if let warmupRate {
        try Self.require("warmup_lr_rate", warmupRate, "from 0 to 1", (0...1).contains(warmupRate))
      }
    case .warmupStableDecay(let phases): try phases.validate()
    }
  }

  private static func validate(cycles: Double) throws(TrainingError) {
    try require("num_cycles", cycles, "above 0", cycles > 0 && cycles.isFinite)
  }

  fileprivate static func require(
    _ key: String,
    _ value: some CustomStringConvertible,
    _ requirement: String,
    _ isMet: Bool
  ) throws(TrainingError) {
    try Training.require("lr_scheduler_kwargs.\(key)", value, requirement, isMet)
  }
}

extension LearningRateSchedule.Minimum {
  fileprivate func validate(learningRate: Double) throws(TrainingError) {
    switch self {
    case .learningRate(let value):
      try LearningRateSchedule.require(
        "min_lr",
        value,
        "from 0 to learning_rate (\(learningRate))",
        value >= 0 && value <= learningRate
      )
    case .rate(let rate): try LearningRateSchedule.require("min_lr_rate", rate, "from 0 to 1", (0...1).contains(rate))
    }
  }
}

extension LearningRateSchedule.StableDecay {
  fileprivate func validate() throws(TrainingError) {
    try LearningRateSchedule.require("num_decay_steps", decaySteps, "at least 0", decaySteps >= 0)
    if let stableSteps {
      try LearningRateSchedule.require("num_stable_steps", stableSteps, "at least 0", stableSteps >= 0)
    }
    try LearningRateSchedule.require("min_lr_ratio", minimum, "from 0 to 1", (0...1).contains(minimum))
    try LearningRateSchedule.require("num_cycles", cycles, "above 0", cycles > 0 && cycles.isFinite)
  }
}

extension PlateauOptions {
  fileprivate func validate() throws(TrainingError) {
    try LearningRateSchedule.require("factor", factor, "above 0 and below 1", factor > 0 && factor < 1)
    try LearningRateSchedule.require("patience", patience, "at least 0", patience >= 0)
    try LearningRateSchedule.require("threshold", threshold, "at least 0", threshold >= 0 && threshold.isFinite)
    try LearningRateSchedule.require("cooldown", cooldown, "at least 0", cooldown >= 0)
    try LearningRateSchedule.require("min_lr", minimum, "at least 0", minimum >= 0 && minimum.isFinite)
    try LearningRateSchedule.require("eps", epsilon, "at least 0", epsilon >= 0 && epsilon.isFinite)
  }
}

extension GreedyOptions {
  fileprivate func validate() throws(TrainingError) {
    try LearningRateSchedule.require("factor", factor, "above 0 and below 1", factor > 0 && factor < 1)
    for (key, count) in [("patience", patience), ("cooldown", cooldown), ("warmup", warmup)] {
      try LearningRateSchedule.require(key, count, "at least 0", count >= 0)
    }
    try LearningRateSchedule.require("threshold", threshold, "at least 0", threshold >= 0 && threshold.isFinite)
    try LearningRateSchedule.require("min_lr", minimum, "at least 0", minimum >= 0)
    try LearningRateSchedule.require("max_lr", maximum, "at least min_lr", maximum >= minimum && maximum.isFinite)
    try LearningRateSchedule.require("eps", epsilon, "at least 0", epsilon >= 0 && epsilon.isFinite)
    try LearningRateSchedule.require("reset_start", resetStart, "at least 1", resetStart >= 1)
    if let smoothingWindow {
      let range = 1...10_000
      try LearningRateSchedule.require(
        "window_size",
        smoothingWindow,
        "from 1 to 10000",
        range.contains(smoothingWindow)
      )
    }
  }
}
