internal import JSON

extension TrainingOptions {
  /// What may change while the run lasts; all of it takes effect at the next step.
  package static let adjustableNames = [
    "learning_rate", "weight_decay", "max_grad_norm", "max_steps", "num_train_epochs", "label_smoothing_factor",
    "neftune_noise_alpha", "logging_steps", "eval_steps", "save_steps", "save_total_limit", "early_stopping_patience",
    "early_stopping_threshold",
  ]

  /// These options with `changes`, by the names of transformers.
  ///
  /// A new `learning_rate` is the parameter: the schedule goes on over it. `…_steps` switches to counting steps.
  /// `max_steps` counts before `num_train_epochs`, as always; -1 withdraws it. A run that is past its new end ends now.
  func adjusted(by changes: JSONObject) throws(TrainingError) -> TrainingOptions {
    var options = self
    for (name, value) in changes { try options.change(name, to: value) }
    if let epochs = changes["num_train_epochs"], let steps = options.length.steps {
      let requirement =
        "left alone while max_steps is \(steps), which counts instead; adjust max_steps, or set it to -1"
      try require("num_train_epochs", epochs.text, requirement, changes["max_steps"] != nil)
    }
    try options.validate()
    return options
  }

  private mutating func change(_ name: String, to value: JSONValue) throws(TrainingError) {
    switch name {
    case "learning_rate": optimizer.learningRate = try Self.number(name, value)
    case "weight_decay": optimizer.weightDecay = try Self.number(name, value)
    case "max_grad_norm":
      let norm = try Self.number(name, value)
      optimizer.maximumGradientNorm = norm == 0 ? nil : norm
    case "max_steps":
      let steps = try Self.integer(name, value)
      length.steps = steps == -1 ? nil : steps
    case "num_train_epochs": length.epochs = try Self.number(name, value)
    case "label_smoothing_factor": regularisation.labelSmoothing = try Self.number(name, value)
    case "neftune_noise_alpha": regularisation.noiseAlpha = value.isNull ? nil : try Self.number(name, value)
    case "logging_steps": logging.interval = .steps(try Self.number(name, value))
    case "eval_steps": evaluation.interval = .steps(try Self.number(name, value))
    case "save_steps": saving.moment = .interval(.steps(try Self.number(name, value)))
    case "save_total_limit": saving.limit = value.isNull ? nil : try Self.integer(name, value)
    case "early_stopping_patience":
      try changeEarlyStopping(name) { (stopping) throws(TrainingError) in
        stopping.patience = try Self.integer(name, value)
      }
    case "early_stopping_threshold":
      try changeEarlyStopping(name) { (stopping) throws(TrainingError) in
        stopping.threshold = try Self.number(name, value)
      }
    default: throw .notAdjustable(name: name, adjustable: Self.adjustableNames)
    }
  }

  private mutating func changeEarlyStopping(
    _ name: String,
    _ change: (inout EvaluationOptions.EarlyStopping) throws(TrainingError) -> Void
  ) throws(TrainingError) {
    var stopping = evaluation.earlyStopping ?? EvaluationOptions.EarlyStopping()
    try change(&stopping)
    evaluation.earlyStopping = stopping
  }

  private static func number(_ name: String, _ value: JSONValue) throws(TrainingError) -> Double {
    guard let number = value.double else {
      throw .invalidOption(name: name, value: value.text, requirement: "a number")
    }
    return number
  }

  private static func integer(_ name: String, _ value: JSONValue) throws(TrainingError) -> Int {
    guard let number = value.integer else {
      throw .invalidOption(name: name, value: value.text, requirement: "a whole number")
    }
    return number
  }
}
