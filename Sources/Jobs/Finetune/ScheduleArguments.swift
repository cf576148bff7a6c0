import JSON

/// The members of `lr_scheduler_kwargs`, and which schedules take them.
enum ScheduleArguments {
  private static let number: JSONValue = ["type": "number", "minimum": 0, "maximum": 1_000_000]
  private static let integer: JSONValue = ["type": "integer", "minimum": 0, "maximum": FinetuneSchema.largest]
  private static let curve: JSONValue = ["type": "string", "enum": ["linear", "cosine", "1-sqrt"]]

  private static let members: JSONObject = [
    "num_cycles": number, "power": number, "lr_end": number, "timescale": integer, "min_lr": number,
    "min_lr_rate": number, "warmup_lr_rate": number, "num_decay_steps": integer, "num_stable_steps": integer,
    "warmup_type": curve, "decay_type": curve, "min_lr_ratio": number, "factor": number, "patience": integer,
    "threshold": number, "threshold_mode": ["type": "string", "enum": ["rel", "abs"]],
    "cooldown": integer, "eps": number,
  ]

  static let schema: JSONValue = [
    "type": "object", "properties": .object(members),
    "propertyNames": ["pattern": .string("^(" + members.keys.joined(separator: "|") + ")$")],
    "description": """
    an object with what the schedule takes: num_cycles of the cosine schedules; power, lr_end of polynomial; timescale \
    of inverse_sqrt; min_lr or min_lr_rate, warmup_lr_rate of the cosines with a minimum; num_decay_steps, \
    num_stable_steps, warmup_type, decay_type, min_lr_ratio of warmup_stable_decay; factor, patience, threshold, \
    cooldown, min_lr, eps of reduce_lr_on_plateau
    """,
  ]

  static func taken(by shape: ScheduleParameters.Shape) -> [String] {
    switch shape {
    case .linear, .constant, .constantWithWarmup: []
    case .cosine, .cosineWithRestarts: ["num_cycles"]
    case .polynomial: ["power", "lr_end"]
    case .inverseSquareRoot: ["timescale"]
    case .reduceOnPlateau: ["factor", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps"]
    case .cosineWithMinimum: ["num_cycles", "min_lr", "min_lr_rate"]
    case .cosineWithWarmupMinimum: ["num_cycles", "min_lr", "min_lr_rate", "warmup_lr_rate"]
    case .warmupStableDecay:
      ["num_decay_steps", "num_stable_steps", "warmup_type", "decay_type", "min_lr_ratio", "num_cycles"]
    }
  }
}
