import JSON

/// How long the run is, what makes a step, and how a step changes the weights.
extension FinetuneParameters {
  static let batchParameters: [ParameterDescription] = [
    parameter(
      "num_train_epochs",
      aliases: ["epochs", "n_epochs", "num_epochs"],
      FinetuneSchema.number(above: 0, upTo: 100_000),
      defaultValue: 3.0,
      adjustable: true,
      "How often each row is seen; a fraction ends inside an epoch."
    ),
    parameter(
      "max_steps",
      FinetuneSchema.integer(from: -1),
      defaultValue: -1,
      adjustable: true,
      "Optimiser steps of the run, whatever the epochs; -1: as num_train_epochs says."
    ),
    parameter(
      "per_device_train_batch_size",
      aliases: ["per_gpu_train_batch_size", "micro_batch_size", "batch_size"],
      FinetuneSchema.integer(from: 1, to: 1_048_576),
      defaultValue: 8,
      "Sequences that go through the model together."
    ),
    parameter(
      "per_device_eval_batch_size",
      aliases: ["per_gpu_eval_batch_size"],
      FinetuneSchema.integer(from: 1, to: 1_048_576),
      defaultValue: 8,
      "The same in evaluations."
    ),
    parameter(
      "gradient_accumulation_steps",
      FinetuneSchema.integer(from: 1, to: 1_048_576),
      defaultValue: 1,
      "Batches of one optimiser step; the loss is averaged over the tokens of all of them."
    ),
    parameter(
      "dataloader_drop_last",
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "Leaves out the rows at the end of an epoch that fill no batch."
    ),
    parameter(
      "train_sampling_strategy",
      FinetuneSchema.word(
        ["random", "sequential", "group_by_length"],
        "one of \"random\", \"sequential\", \"group_by_length\": batches cannot be balanced otherwise, and need no padding"
      ),
      defaultValue: "random",
      "The order of rows: drawn anew each epoch, as they are, or like lengths together."
    ),
    parameter(
      "group_by_length",
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "The name in transformers 4 for train_sampling_strategy group_by_length."
    ),
    parameter("data_seed", FinetuneSchema.seed, "Of the order of rows; without it seed."),
  ]

  static let optimizerParameters: [ParameterDescription] = [
    parameter(
      "optim",
      FinetuneSchema.word(
        ["adamw_torch", "adamw_torch_fused", "adamw_hf", "adamw_apex_fused", "sgd"],
        """
        \"adamw_torch\" or another name of the same AdamW, or \"sgd\": other optimisers are not built in; \"adamw_torch\" \
        needs 8 bytes for each trained weight, and LoRA trains few
        """
      ),
      defaultValue: "adamw_torch",
      "The optimiser: AdamW (adamw_torch, adamw_torch_fused, adamw_hf and adamw_apex_fused are one), or sgd."
    ),
    parameter(
      "learning_rate",
      aliases: ["lr"],
      FinetuneSchema.number(above: 0, upTo: 10),
      defaultValue: 5e-5,
      adjustable: true,
      "The highest learning rate of the schedule. LoRA usually takes ten times as much as full training."
    ),
    parameter(
      "weight_decay",
      FinetuneSchema.number(from: 0, to: 1),
      defaultValue: 0.0,
      adjustable: true,
      "How much matrices shrink in a step, times the learning rate; biases and norms do not."
    ),
    parameter(
      "adam_beta1",
      betaSchema,
      defaultValue: 0.9,
      "How slowly AdamW's mean of gradients moves."
    ),
    parameter(
      "adam_beta2",
      betaSchema,
      defaultValue: 0.999,
      "How slowly AdamW's mean of squares moves."
    ),
    parameter(
      "adam_epsilon",
      FinetuneSchema.number(above: 0, upTo: 1),
      defaultValue: 1e-8,
      "What AdamW adds where it divides."
    ),
    parameter(
      "max_grad_norm",
      FinetuneSchema.number(from: 0, to: FinetuneSchema.largest),
      defaultValue: 1.0,
      adjustable: true,
      "A gradient longer than this is shortened to it; 0: none is."
    ),
    parameter(
      "label_smoothing_factor",
      ["type": "number", "minimum": 0, "maximum": 0.999_999, "description": "a number of at least 0 and below 1"],
      defaultValue: 0.0,
      "The share of the target that all tokens have alike."
    ),
    parameter(
      "neftune_noise_alpha",
      FinetuneSchema.number(from: 0, to: 1000),
      "Noise on embeddings that keeps a model from learning its rows by heart (NEFTune): 5 to 15."
    ),
  ]

  private static let betaSchema: JSONValue = [
    "type": "number", "minimum": 0, "maximum": 0.999_999_999,
    "description": "a number of at least 0 and below 1",
  ]

  static let scheduleParameters: [ParameterDescription] = [
    parameter(
      "lr_scheduler_type",
      FinetuneSchema.word(ScheduleParameters.Shape.allCases.map(\.rawValue)),
      defaultValue: "linear",
      "How the learning rate goes after the warm-up."
    ),
    parameter(
      "lr_scheduler_kwargs",
      ScheduleArguments.schema,
      "What the schedule takes, by transformers' names: {\"num_cycles\": 2} of cosine_with_restarts, for example."
    ),
    parameter(
      "warmup_steps",
      FinetuneSchema.number(from: 0, to: FinetuneSchema.largest),
      defaultValue: 0,
      "Steps in which the learning rate grows to its height; below 1 a share of all steps."
    ),
    parameter(
      "warmup_ratio",
      [
        "type": "number", "minimum": 0, "maximum": 0.999_999,
        "description": "a share of all steps, at least 0 and below 1",
      ],
      defaultValue: 0.0,
      "The name in transformers 4 for warmup_steps below 1; warmup_steps goes before it."
    ),
  ]
}
