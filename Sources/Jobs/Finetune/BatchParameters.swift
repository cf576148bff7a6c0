/// How long the run is and which rows make a step; names and defaults of TrainingArguments.
package struct BatchParameters: Codable, Sendable, Hashable {
  package enum Sampling: String, Codable, Sendable, CaseIterable {
    case random
    case sequential
    /// Rows of like length together.
    case byLength = "group_by_length"
  }

  package var epochs = 3.0
  /// Instead of the epochs, where it is given.
  package var steps: Int?
  package var trainBatchSize = 8
  package var evaluationBatchSize = 8
  /// Batches of one optimiser step.
  package var accumulation = 1
  /// Leaves out the rows at the end of an epoch that fill no batch.
  package var dropsLast = false
  package var sampling = Sampling.random
  /// Of the order of rows; nil: the seed of the run.
  package var dataSeed: UInt64?

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case epochs = "num_train_epochs"
    case steps = "max_steps"
    case trainBatchSize = "per_device_train_batch_size"
    case evaluationBatchSize = "per_device_eval_batch_size"
    case accumulation = "gradient_accumulation_steps"
    case dropsLast = "dataloader_drop_last"
    case sampling = "train_sampling_strategy"
    case groupsByLength = "group_by_length"
    case dataSeed = "data_seed"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    epochs = try container.value(.epochs, or: epochs)
    let steps = try container.value(.steps, or: -1)
    self.steps = steps > 0 ? steps : nil
    trainBatchSize = try container.value(.trainBatchSize, or: trainBatchSize)
    evaluationBatchSize = try container.value(.evaluationBatchSize, or: evaluationBatchSize)
    accumulation = try container.value(.accumulation, or: accumulation)
    dropsLast = try container.value(.dropsLast, or: dropsLast)
    sampling = try container.value(.sampling, or: sampling)
    if try container.value(.groupsByLength, or: false) { sampling = .byLength }
    dataSeed = try container.decodeIfPresent(UInt64.self, forKey: .dataSeed)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(epochs, forKey: .epochs)
    try container.encodeIfPresent(steps, forKey: .steps)
    try container.encode(trainBatchSize, forKey: .trainBatchSize)
    try container.encode(evaluationBatchSize, forKey: .evaluationBatchSize)
    try container.encode(accumulation, forKey: .accumulation)
    try container.encode(dropsLast, forKey: .dropsLast)
    try container.encode(sampling, forKey: .sampling)
    try container.encodeIfPresent(dataSeed, forKey: .dataSeed)
  }
}
