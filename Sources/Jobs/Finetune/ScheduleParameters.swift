package import JSON

/// How the learning rate goes over the run; names and defaults of TrainingArguments.
package struct ScheduleParameters: Codable, Sendable, Hashable {
  /// `lr_scheduler_type`.
  package enum Shape: String, Codable, Sendable, CaseIterable {
    case linear, cosine
    case cosineWithRestarts = "cosine_with_restarts"
    case polynomial, constant
    case constantWithWarmup = "constant_with_warmup"
    case inverseSquareRoot = "inverse_sqrt"
    case reduceOnPlateau = "reduce_lr_on_plateau"
    case cosineWithMinimum = "cosine_with_min_lr"
    case cosineWithWarmupMinimum = "cosine_warmup_with_min_lr"
    case warmupStableDecay = "warmup_stable_decay"
  }

  package var shape = Shape.linear
  /// `lr_scheduler_kwargs`: what the shape takes, by transformers' names.
  package var arguments: JSONObject = [:]
  package var warmup = StepInterval.steps(0)

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case shape = "lr_scheduler_type"
    case arguments = "lr_scheduler_kwargs"
    case warmup = "warmup_steps"
    case warmupRatio = "warmup_ratio"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    shape = try container.value(.shape, or: shape)
    arguments = try container.decodeIfPresent(JSONValue.self, forKey: .arguments)?.object ?? [:]
    warmup = try container.value(.warmup, or: warmup)
    // As in transformers 4: steps, if there are any, override the share.
    if warmup == .steps(0) { warmup = try container.value(.warmupRatio, or: warmup) }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(shape, forKey: .shape)
    if !arguments.isEmpty { try container.encode(JSONValue.object(arguments), forKey: .arguments) }
    try container.encode(warmup, forKey: .warmup)
  }
}
