internal import Datasets
internal import Models

/// The rows of a run, checked, with the batches that the model takes.
struct TrainingData: Sendable {
  /// The sequences of each row of the training split: one, or those of a pack.
  let train: [[TrainingExample]]
  /// nil without an evaluation split.
  let evaluation: [TrainingExample]?
  /// Tokens that the model takes together.
  let maximumRows: Int

  init(
    train: [TrainingExample],
    packs: [[Int]]?,
    evaluation: [TrainingExample]?,
    configuration: ModelConfiguration,
    maximumRows: Int
  ) throws(TrainingError) {
    let limit = min(configuration.maxPositionCount, maximumRows)
    let vocabularySize = configuration.vocabularySize
    try Self.check(train, split: "train", limit: limit, vocabularySize: vocabularySize)
    if let evaluation { try Self.check(evaluation, split: "eval", limit: limit, vocabularySize: vocabularySize) }
    self.train = packs.map { $0.map { pack in pack.map { train[$0] } } } ?? train.map { [$0] }
    self.evaluation = evaluation
    self.maximumRows = maximumRows
  }

  private static func check(
    _ examples: [TrainingExample],
    split: String,
    limit: Int,
    vocabularySize: Int
  ) throws(TrainingError) {
    guard !examples.isEmpty else { throw .noExamples(split: split) }
    for (index, example) in examples.enumerated() {
      guard example.tokens.count <= limit else {
        throw .exampleTooLong(split: split, example: index, tokens: example.tokens.count, limit: limit)
      }
      let labels = example.labels.lazy.filter { $0 != TrainingExample.ignoredLabel }
      if let id = Self.firstOutside(example.tokens, vocabularySize) ?? Self.firstOutside(labels, vocabularySize) {
        throw .invalidToken(split: split, example: index, id: id, vocabularySize: vocabularySize)
      }
    }
    guard examples.contains(where: { $0.trainableCount > 0 }) else { throw .noTrainableTokens(split: split) }
  }

  private static func firstOutside(_ ids: some Sequence<Int32>, _ vocabularySize: Int) -> Int? {
    ids.first { $0 < 0 || Int($0) >= vocabularySize }.map { Int($0) }
  }

  /// `examples` in batches of at most `maximumRows` tokens: one, unless they are too many.
  ///
  /// Sums of losses and gradients are the same either way, but for rounding.
  func batches(_ examples: some Sequence<TrainingExample>) -> [TrainingBatch] {
    var batches: [TrainingBatch] = []
    var batch = TrainingBatch()
    for example in examples where !example.tokens.isEmpty {
      if !batch.tokens.isEmpty, batch.tokens.count + example.tokens.count > maximumRows {
        batches.append(batch)
        batch = TrainingBatch()
      }
      batch.append(tokens: example.tokens, labels: example.labels)
    }
    if !batch.tokens.isEmpty { batches.append(batch) }
    return batches
  }

  /// The largest batches that the splits can make; the evaluation's without a gradient.
  func largestBatches(_ options: BatchOptions) -> (train: TrainingBatch?, evaluation: TrainingBatch?) {
    (
      largestBatch(of: train, batchSize: options.trainBatchSize),
      largestBatch(of: (evaluation ?? []).map { [$0] }, batchSize: options.evaluationBatchSize)
    )
  }

  private func largestBatch(of rows: [[TrainingExample]], batchSize: Int) -> TrainingBatch? {
    let longest = rows.sorted { Self.tokenCount($0) > Self.tokenCount($1) }.prefix(batchSize)
    return batches(longest.joined()).max { $0.tokens.count < $1.tokens.count }
  }

  static func tokenCount(_ row: [TrainingExample]) -> Int { row.reduce(0) { $0 + $1.tokens.count } }

  /// Changes when a row does: FNV-1a over all tokens and labels of both splits.
  var fingerprint: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ value: Int) { hash = (hash ^ UInt64(bitPattern: Int64(value))) &* 0x0000_0100_0000_01b3 }
    for examples in train + [evaluation ?? []] {
      add(examples.count)
      for example in examples {
        add(example.tokens.count)
        for token in example.tokens { add(Int(token)) }
        for label in example.labels { add(Int(label)) }
      }
    }
    return String(hash, radix: 16)
  }
}
