import JSON

/// Trains a model, or an adapter for it, on a dataset: the parameters of transformers' TrainingArguments, PEFT's
/// LoraConfig and TRL's SFTConfig under their names, and few of our own.
package struct FinetuneParameters: JobParameters {
  package static let kind = "finetune"

  /// What products compute in; weights, sums and optimiser are f32.
  package enum Precision: String, Codable, Sendable, CaseIterable {
    case float32 = "f32"
    case bfloat16 = "bf16"
  }

  /// `name@version`; at submission also a name alone.
  package var model: String
  /// `name@version`; at submission also a name alone.
  package var dataset: String
  /// What the result is called; nil: the model's name and the job's id.
  package var name: String?
  /// nil: all weights learn, unless an adapter goes on.
  package var lora: LoRAParameters?
  /// An adapter of the model, `name@version`, that goes on to learn.
  package var adapter: String?
  /// Parts of weights' names that do not learn.
  package var frozen: [String] = []
  package var precision = Precision.float32
  package var usesGradientCheckpointing = false
  /// Of dropout, noise and new weights.
  package var seed: UInt64 = 42
  /// Says what the run would cost instead of running.
  package var isDryRun = false
  package var examples = ExampleParameters()
  package var batches = BatchParameters()
  package var optimizer = OptimizerParameters()
  package var schedule = ScheduleParameters()
  package var evaluation = EvaluationParameters()
  package var saving = SavingParameters()
  package var logging = LoggingParameters()

  package init(model: String, dataset: String) {
    self.model = model
    self.dataset = dataset
  }
}

extension FinetuneParameters {
  private enum CodingKeys: String, CodingKey {
    case model, dataset, name, adapter, frozen, precision, seed
    case outputDirectory = "output_dir"
    case bf16, fp16
    case usesGradientCheckpointing = "gradient_checkpointing"
    case isDryRun = "dry_run"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    model = try container.decode(String.self, forKey: .model)
    dataset = try container.decode(String.self, forKey: .dataset)
    name =
      try container.decodeIfPresent(String.self, forKey: .name)
      ?? container.decodeIfPresent(String.self, forKey: .outputDirectory).flatMap(OutputName.init(directory:))?.text
    adapter = try container.decodeIfPresent(String.self, forKey: .adapter)
    lora = try LoRAParameters(ifPresentIn: decoder)
    frozen = try container.decodeIfPresent([String].self, forKey: .frozen) ?? frozen
    precision = try Self.precision(container)
    usesGradientCheckpointing = try container.value(.usesGradientCheckpointing, or: usesGradientCheckpointing)
    seed = try container.value(.seed, or: seed)
    isDryRun = try container.value(.isDryRun, or: isDryRun)
    examples = try ExampleParameters(from: decoder)
    batches = try BatchParameters(from: decoder)
    optimizer = try OptimizerParameters(from: decoder)
    schedule = try ScheduleParameters(from: decoder)
    evaluation = try EvaluationParameters(from: decoder)
    saving = try SavingParameters(from: decoder)
    logging = try LoggingParameters(from: decoder)
  }

  /// `fp16` asks for products of 16 bits, which are bf16 here: see the table.
  private static func precision(_ container: KeyedDecodingContainer<CodingKeys>) throws -> Precision {
    if let precision = try container.decodeIfPresent(Precision.self, forKey: .precision) { return precision }
    let isShort = try container.value(.bf16, or: false) || container.value(.fp16, or: false)
    return isShort ? .bfloat16 : .float32
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(dataset, forKey: .dataset)
    try container.encodeIfPresent(name, forKey: .name)
    try container.encodeIfPresent(adapter, forKey: .adapter)
    try lora?.encode(to: encoder)
    if !frozen.isEmpty { try container.encode(frozen, forKey: .frozen) }
    try container.encode(precision, forKey: .precision)
    try container.encode(usesGradientCheckpointing, forKey: .usesGradientCheckpointing)
    try container.encode(seed, forKey: .seed)
    try container.encode(isDryRun, forKey: .isDryRun)
    try examples.encode(to: encoder)
    try batches.encode(to: encoder)
    try optimizer.encode(to: encoder)
    try schedule.encode(to: encoder)
    try evaluation.encode(to: encoder)
    try saving.encode(to: encoder)
    try logging.encode(to: encoder)
  }
}

extension KeyedDecodingContainer {
  /// null is as good as absent: configurations written by Python are full of it.
  func value<Value: Decodable>(_ key: Key, or defaultValue: Value) throws -> Value {
    try decodeIfPresent(Value.self, forKey: key) ?? defaultValue
  }
}
