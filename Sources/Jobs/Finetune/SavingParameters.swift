/// When checkpoints are kept and how many; names and defaults of TrainingArguments.
package struct SavingParameters: Codable, Sendable, Hashable {
  package var strategy = StepStrategy.steps
  package var steps = StepInterval.steps(500)
  /// Checkpoints to keep, the best one besides the newest; nil: all.
  package var limit: Int?
  /// Whether the result is the best checkpoint instead of the last one.
  package var loadsBestAtEnd = false

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case strategy = "save_strategy"
    case steps = "save_steps"
    case limit = "save_total_limit"
    case loadsBestAtEnd = "load_best_model_at_end"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    strategy = try container.value(.strategy, or: strategy)
    steps = try container.value(.steps, or: steps)
    limit = try container.decodeIfPresent(Int.self, forKey: .limit)
    loadsBestAtEnd = try container.value(.loadsBestAtEnd, or: loadsBestAtEnd)
  }
}

/// When the loss becomes an event; names of TrainingArguments.
package struct LoggingParameters: Codable, Sendable, Hashable {
  package var strategy = StepStrategy.steps
  /// TRL's default: who watches a run sees it move.
  package var steps = StepInterval.steps(10)
  package var logsFirstStep = false

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case strategy = "logging_strategy"
    case steps = "logging_steps"
    case logsFirstStep = "logging_first_step"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    strategy = try container.value(.strategy, or: strategy)
    steps = try container.value(.steps, or: steps)
    logsFirstStep = try container.value(.logsFirstStep, or: logsFirstStep)
  }
}
