package import JSON

extension LearningRateSchedule.Shape {
  /// The words of `lr_scheduler_type` that there is a shape for.
  package static let names = [
    "linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup", "inverse_sqrt",
    "reduce_lr_on_plateau", "cosine_with_min_lr", "cosine_warmup_with_min_lr", "warmup_stable_decay", "greedy",
  ]

  /// - Parameters:
  ///   - name: `lr_scheduler_type`
  ///   - arguments: `lr_scheduler_kwargs`
  package init(name: String, arguments: JSONObject = [:]) throws(TrainingError) {
    var reader = ArgumentReader(arguments)
    switch name {
    case "linear": self = .linear
    case "cosine": self = .cosine(cycles: try reader.number("num_cycles") ?? 0.5)
    case "cosine_with_restarts": self = .cosineWithRestarts(cycles: try reader.integer("num_cycles") ?? 1)
    case "polynomial":
      self = .polynomial(power: try reader.number("power") ?? 1, end: try reader.number("lr_end") ?? 1e-7)
    case "constant": self = .constant
    case "constant_with_warmup": self = .constantWithWarmup
    case "inverse_sqrt": self = .inverseSquareRoot(timescale: try reader.integer("timescale"))
    case "reduce_lr_on_plateau": self = .reduceOnPlateau(try reader.plateau())
    case "greedy": self = .greedy(try reader.greedy())
    case "cosine_with_min_lr":
      self = .cosineWithMinimum(cycles: try reader.number("num_cycles") ?? 0.5, minimum: try reader.minimum())
    case "cosine_warmup_with_min_lr":
      self = .cosineWithWarmupMinimum(
        cycles: try reader.number("num_cycles") ?? 0.5,
        minimum: try reader.minimum(),
        warmupRate: try reader.number("warmup_lr_rate")
      )
    case "warmup_stable_decay": self = .warmupStableDecay(try reader.stableDecay())
    default:
      throw .invalidOption(
        name: "lr_scheduler_type",
        value: "'\(name)'",
        requirement: "one of \(Self.names.joined(separator: ", "))"
      )
    }
    try reader.finish(type: name)
  }
}

/// Takes members out of `lr_scheduler_kwargs`; what is left at the end is a mistake.
private struct ArgumentReader {
  private var arguments: JSONObject
  private var known: [String] = []

  init(_ arguments: JSONObject) { self.arguments = arguments }

  mutating func number(_ key: String) throws(TrainingError) -> Double? {
    guard let value = take(key) else { return nil }
    guard let number = value.double else { throw Self.error(key, value, "a number") }
    return number
  }

  mutating func integer(_ key: String) throws(TrainingError) -> Int? {
    guard let value = take(key) else { return nil }
    guard let number = value.integer else { throw Self.error(key, value, "a whole number") }
    return number
  }

  mutating func flag(_ key: String) throws(TrainingError) -> Bool? {
    guard let value = take(key) else { return nil }
    guard let flag = value.bool else { throw Self.error(key, value, "true or false") }
    return flag
  }

  mutating func word<Word: RawRepresentable<String> & CaseIterable>(
    _ key: String,
    _: Word.Type
  ) throws(TrainingError) -> Word? {
    guard let value = take(key) else { return nil }
    guard let word = value.string.flatMap(Word.init(rawValue:)) else {
      throw Self.error(key, value, "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return word
  }

  mutating func minimum() throws(TrainingError) -> LearningRateSchedule.Minimum {
    switch (try number("min_lr"), try number("min_lr_rate")) {
    case (let value?, nil): return .learningRate(value)
    case (nil, let rate?): return .rate(rate)
    default: throw Self.error("min_lr", nil, "given, or else min_lr_rate, but not both")
    }
  }

  mutating func plateau() throws(TrainingError) -> PlateauOptions {
    let defaults = PlateauOptions()
    return PlateauOptions(
      direction: try word("mode", PlateauOptions.Direction.self),
      factor: try number("factor") ?? defaults.factor,
      patience: try integer("patience") ?? defaults.patience,
      threshold: try number("threshold") ?? defaults.threshold,
      thresholdMode: try word("threshold_mode", PlateauOptions.ThresholdMode.self) ?? defaults.thresholdMode,
      cooldown: try integer("cooldown") ?? defaults.cooldown,
      minimum: try number("min_lr") ?? defaults.minimum,
      epsilon: try number("eps") ?? defaults.epsilon
    )
  }

  mutating func greedy() throws(TrainingError) -> GreedyOptions {
    let defaults = GreedyOptions()
    let isSmoothed = try flag("smooth") ?? false
    let window = try integer("window_size") ?? 50
    return GreedyOptions(
      direction: try word("mode", PlateauOptions.Direction.self),
      factor: try number("factor") ?? defaults.factor,
      patience: try integer("patience") ?? defaults.patience,
      threshold: try number("threshold") ?? defaults.threshold,
      thresholdMode: try word("threshold_mode", PlateauOptions.ThresholdMode.self) ?? defaults.thresholdMode,
      cooldown: try integer("cooldown") ?? defaults.cooldown,
      warmup: try integer("warmup") ?? defaults.warmup,
      minimum: try number("min_lr") ?? defaults.minimum,
      maximum: try number("max_lr") ?? defaults.maximum,
      epsilon: try number("eps") ?? defaults.epsilon,
      smoothingWindow: isSmoothed ? window : nil,
      resetStart: try integer("reset_start") ?? defaults.resetStart
    )
  }

  mutating func stableDecay() throws(TrainingError) -> LearningRateSchedule.StableDecay {
    typealias Curve = LearningRateSchedule.StableDecay.Curve
    guard let decaySteps = try integer("num_decay_steps") else {
      throw Self.error("num_decay_steps", nil, "given with warmup_stable_decay")
    }
    return LearningRateSchedule.StableDecay(
      decaySteps: decaySteps,
      stableSteps: try integer("num_stable_steps"),
      warmupCurve: try word("warmup_type", Curve.self) ?? .linear,
      decayCurve: try word("decay_type", Curve.self) ?? .cosine,
      minimum: try number("min_lr_ratio") ?? 0,
      cycles: try number("num_cycles") ?? 0.5
    )
  }

  func finish(type: String) throws(TrainingError) {
    guard let key = arguments.keys.first else { return }
    let names = known.isEmpty ? "no arguments" : known.joined(separator: ", ")
    throw Self.error(key, nil, "left out: \(type) takes \(names)")
  }

  /// nil where it is absent or null.
  private mutating func take(_ key: String) -> JSONValue? {
    known.append(key)
    return arguments.removeValue(forKey: key).flatMap { $0.isNull ? nil : $0 }
  }

  private static func error(_ key: String, _ value: JSONValue?, _ requirement: String) -> TrainingError {
    .invalidOption(name: "lr_scheduler_kwargs.\(key)", value: value?.text ?? "not usable", requirement: requirement)
  }
}
