import JSON

/// Evaluations, checkpoints and what is logged.
extension FinetuneParameters {
  static let evaluationParameters: [ParameterDescription] = [
    parameter(
      "eval_dataset",
      FinetuneSchema.reference,
      "A dataset to evaluate on: name@version, or a name for its newest version at submission."
    ),
    parameter(
      "eval_split",
      [
        "type": "number", "exclusiveMinimum": 0, "maximum": 0.9,
        "description": "a share of the rows, above 0 and up to 0.9",
      ],
      "Keeps this share of the dataset's rows for evaluation; the same rows for the same seed."
    ),
    parameter(
      "eval_strategy",
      aliases: ["evaluation_strategy"],
      FinetuneSchema.word(["no", "steps", "epoch"]),
      defaultValue: "no",
      "When to evaluate; needs eval_dataset or eval_split."
    ),
    parameter(
      "eval_steps",
      FinetuneSchema.steps,
      adjustable: true,
      "Steps between evaluations, or below 1 a share of all steps; without it logging_steps."
    ),
    parameter(
      "eval_delay",
      FinetuneSchema.number(from: 0, to: FinetuneSchema.largest),
      defaultValue: 0,
      "Steps, or epochs if eval_strategy is epoch, before the first evaluation."
    ),
    parameter("eval_on_start", FinetuneSchema.anyBoolean, defaultValue: false, "Evaluates before the first step too."),
    parameter(
      "metric_for_best_model",
      FinetuneSchema.word(
        ["loss", "eval_loss", "mean_token_accuracy", "eval_mean_token_accuracy", "perplexity", "eval_perplexity"],
        "one of \"loss\", \"mean_token_accuracy\", \"perplexity\", with or without eval_ before: an evaluation gives no others"
      ),
      defaultValue: "loss",
      "What decides which checkpoint is the best, and whether to stop early."
    ),
    parameter(
      "greater_is_better",
      FinetuneSchema.anyBoolean,
      "Whether a higher metric is better; without it what suits metric_for_best_model."
    ),
    parameter(
      "early_stopping_patience",
      FinetuneSchema.integer(from: 1),
      adjustable: true,
      "Ends the run after so many evaluations in a row without an improvement."
    ),
    parameter(
      "early_stopping_threshold",
      FinetuneSchema.number(from: 0, to: FinetuneSchema.largest),
      defaultValue: 0.0,
      adjustable: true,
      "An improvement of no more than this counts as none."
    ),
  ]

  static let savingParameters: [ParameterDescription] = [
    parameter(
      "save_strategy",
      FinetuneSchema.word(["no", "steps", "epoch", "best"]),
      defaultValue: "steps",
      "When to keep a checkpoint. One to continue from is stored on every pause and drain besides."
    ),
    parameter(
      "save_steps",
      FinetuneSchema.steps,
      defaultValue: 500,
      adjustable: true,
      "Steps between checkpoints, or below 1 a share of all steps."
    ),
    parameter(
      "save_total_limit",
      ["type": ["integer", "null"], "minimum": 1, "maximum": FinetuneSchema.largest],
      adjustable: true,
      "Checkpoints to keep: the newest, and the best besides if load_best_model_at_end. null: all."
    ),
    parameter(
      "load_best_model_at_end",
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "The result is the best checkpoint instead of the last."
    ),
  ]

  static let loggingParameters: [ParameterDescription] = [
    parameter(
      "logging_strategy",
      FinetuneSchema.word(["no", "steps", "epoch"]),
      defaultValue: "steps",
      "When the loss, the learning rate and the gradient's norm become an event."
    ),
    parameter(
      "logging_steps",
      FinetuneSchema.steps,
      defaultValue: 10,
      adjustable: true,
      "Steps between such events, or below 1 a share of all steps. 10 as in TRL."
    ),
    parameter("logging_first_step", FinetuneSchema.anyBoolean, defaultValue: false, "Logs the first step too."),
  ]
}
