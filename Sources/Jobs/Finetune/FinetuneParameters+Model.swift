import JSON

/// What is trained, on which rows, in which precision.
extension FinetuneParameters {
  static let modelParameters: [ParameterDescription] = [
    parameter(
      "model",
      aliases: ["model_name_or_path"],
      FinetuneSchema.reference,
      required: true,
      "The model to train: name@version, or a name for its newest version at submission."
    ),
    parameter(
      "dataset",
      aliases: ["dataset_name", "train_dataset"],
      FinetuneSchema.reference,
      required: true,
      "The rows to train on: name@version, or a name for its newest version at submission."
    ),
    parameter(
      "name",
      ["type": "string", "minLength": 1, "maxLength": 100],
      """
      What the result is called: LoRA makes an adapter of that name, full training a model. Without it the last part of \
      output_dir, else the model's name and the job's id.
      """
    ),
    parameter(
      "output_dir",
      ["type": "string", "maxLength": 1000],
      "Nothing is written there: its last part is the result's name, unless name is given."
    ),
    parameter(
      "precision",
      ["type": "string", "enum": ["f32", "bf16"]],
      defaultValue: "f32",
      """
      What products compute in: f32, or bf16, which is about twice as fast. Weights, sums and the optimiser's state are \
      f32 either way.
      """
    ),
    parameter("bf16", FinetuneSchema.anyBoolean, defaultValue: false, "Another way to say precision bf16."),
    parameter(
      "fp16",
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "Products of 16 bits; they are bf16 here, which needs no scaling of the loss."
    ),
    parameter(
      "gradient_checkpointing",
      aliases: ["activation_checkpointing"],
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "Keeps only what enters each block and computes the rest again: less memory, about a quarter more time."
    ),
    parameter(
      "frozen",
      ["type": "array", "maxItems": 100, "items": FinetuneSchema.reference],
      "Weights that stay as they are, by whole words of their names between dots: wte, layers.0, mlp."
    ),
    parameter(
      "seed",
      FinetuneSchema.seed,
      defaultValue: 42,
      "Of new weights, dropout and noise: the same job with the same seed gives the same bits."
    ),
    parameter(
      "dry_run",
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "Instead of training, says what it would cost: tokens, steps, peak memory and seconds."
    ),
  ]

  static let rowParameters: [ParameterDescription] = [
    parameter(
      "dataset_text_field",
      ["type": "string", "minLength": 1, "maxLength": 200],
      defaultValue: "text",
      "The column of plain text. Other shapes are told by their columns: prompt and completion, messages, instruction."
    ),
    parameter(
      "max_length",
      aliases: ["max_seq_length"],
      ["type": ["integer", "null"], "minimum": 2, "maximum": FinetuneSchema.largest],
      defaultValue: 1024,
      "Tokens of a sequence; longer ones are cut at the end and counted. null: as many as the model takes."
    ),
    parameter(
      "packing",
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "Puts several sequences into rows of max_length; none of them sees another."
    ),
    parameter(
      "packing_strategy",
      FinetuneSchema.word(ExampleParameters.PackingStrategy.allCases.map(\.rawValue)),
      defaultValue: "bfd",
      """
      bfd: best fit, longest first, cut at max_length. bfd_split: the same, the rest goes on in another row. wrapped: one \
      after the other, cut wherever a row is full.
      """
    ),
    parameter("eval_packing", FinetuneSchema.anyBoolean, "Packing of the evaluation rows; without it as packing."),
    parameter(
      "completion_only_loss",
      FinetuneSchema.anyBoolean,
      "Learns completions but not prompts. Without it so wherever rows have both."
    ),
    parameter(
      "assistant_only_loss",
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "Learns only what the assistant says in messages."
    ),
    parameter(
      "eos_token",
      FinetuneSchema.reference,
      "The token at the end of a text, which is learned too. Without it the tokenizer's."
    ),
  ]
}
