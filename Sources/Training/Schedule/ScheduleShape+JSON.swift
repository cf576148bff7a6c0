internal import JSON

extension LearningRateSchedule.Shape {
  /// The word of `lr_scheduler_type`.
  package var name: String {
    switch self {
    case .linear: "linear"
    case .cosine: "cosine"
    case .cosineWithRestarts: "cosine_with_restarts"
    case .polynomial: "polynomial"
    case .constant: "constant"
    case .constantWithWarmup: "constant_with_warmup"
    case .inverseSquareRoot: "inverse_sqrt"
    case .reduceOnPlateau: "reduce_lr_on_plateau"
    case .greedy: "greedy"
    case .cosineWithMinimum: "cosine_with_min_lr"
    case .cosineWithWarmupMinimum: "cosine_warmup_with_min_lr"
    case .warmupStableDecay: "warmup_stable_decay"
    }
  }

  /// All of `lr_scheduler_kwargs`, defaults included.
  var arguments: JSONObject {
    switch self {
    case .linear, .constant, .constantWithWarmup: [:]
    case .cosine(let cycles): ["num_cycles": .number(cycles)]
    case .cosineWithRestarts(let cycles): ["num_cycles": JSONValue(cycles)]
    case .polynomial(let power, let end): ["power": .number(power), "lr_end": .number(end)]
    case .inverseSquareRoot(let timescale): ["timescale": timescale.map { JSONValue($0) } ?? .null]
    case .reduceOnPlateau(let options): options.json
    case .greedy(let options): options.json
    case .cosineWithMinimum(let cycles, let minimum):
      ["num_cycles": .number(cycles), minimum.member.key: minimum.member.value]
    case .cosineWithWarmupMinimum(let cycles, let minimum, let warmupRate):
      [
        "num_cycles": .number(cycles), minimum.member.key: minimum.member.value,
        "warmup_lr_rate": warmupRate.map { .number($0) } ?? .null,
      ]
    case .warmupStableDecay(let phases): phases.json
    }
  }
}

extension LearningRateSchedule.Minimum {
  fileprivate var member: JSONObject.Member {
    switch self {
    case .learningRate(let value): ("min_lr", .number(value))
    case .rate(let rate): ("min_lr_rate", .number(rate))
    }
  }
}

extension LearningRateSchedule.StableDecay {
  fileprivate var json: JSONObject {
    [
      "num_decay_steps": JSONValue(decaySteps), "num_stable_steps": stableSteps.map { JSONValue($0) } ?? .null,
      "warmup_type": .string(warmupCurve.rawValue), "decay_type": .string(decayCurve.rawValue),
      "min_lr_ratio": .number(minimum), "num_cycles": .number(cycles),
    ]
  }
}

extension PlateauOptions {
  fileprivate var json: JSONObject {
    [
      "mode": direction.map { .string($0.rawValue) } ?? .null, "factor": .number(factor),
      "patience": JSONValue(patience), "threshold": .number(threshold),
      "threshold_mode": .string(thresholdMode.rawValue), "cooldown": JSONValue(cooldown), "min_lr": .number(minimum),
      "eps": .number(epsilon),
    ]
  }
}

extension GreedyOptions {
  fileprivate var json: JSONObject {
    [
      "mode": direction.map { .string($0.rawValue) } ?? .null, "factor": .number(factor),
      "patience": JSONValue(patience),
      "threshold": .number(threshold), "threshold_mode": .string(thresholdMode.rawValue),
      "cooldown": JSONValue(cooldown), "warmup": JSONValue(warmup), "min_lr": .number(minimum),
      "max_lr": .number(maximum), "eps": .number(epsilon), "smooth": .bool(smoothingWindow != nil),
      "window_size": smoothingWindow.map { JSONValue($0) } ?? .null, "reset_start": JSONValue(resetStart),
    ]
  }
}
