/// Which rows make an optimiser step.
package struct BatchOptions: Sendable, Hashable {
  /// `train_sampling_strategy`.
  package enum Sampling: String, Sendable, Hashable, CaseIterable {
    case random
    case sequential
    /// Rows of like length together, as transformers' LengthGroupedSampler.
    case groupByLength = "group_by_length"
  }

  /// `per_device_train_batch_size`: rows that go through the model together.
  package var trainBatchSize: Int
  /// `per_device_eval_batch_size`.
  package var evaluationBatchSize: Int
  /// `gradient_accumulation_steps`: batches of one optimiser step.
  package var accumulation: Int
  /// `dataloader_drop_last`: leave out the rows at the end of an epoch that do not fill a batch.
  package var dropsLast: Bool
  package var sampling: Sampling
  /// `data_seed`: of the order of rows; nil: the seed of the run.
  package var seed: UInt64?

  package init(
    trainBatchSize: Int = 8,
    evaluationBatchSize: Int = 8,
    accumulation: Int = 1,
    dropsLast: Bool = false,
    sampling: Sampling = .random,
    seed: UInt64? = nil
  ) {
    self.trainBatchSize = trainBatchSize
    self.evaluationBatchSize = evaluationBatchSize
    self.accumulation = accumulation
    self.dropsLast = dropsLast
    self.sampling = sampling
    self.seed = seed
  }
}
