package import JSON

/// The sequences of a dataset in the order of its rows, and what became of the rows.
package struct TrainingSet: Sendable {
  package private(set) var examples: [TrainingExample] = []
  package private(set) var report: DatasetReport

  init(shape: DatasetShape) {
    report = DatasetReport(shape: shape)
  }

  /// Takes what a row became; examples without a token to learn are left out.
  mutating func append(_ examples: [TrainingExample]) {
    report.rowCount += 1
    let isTruncated = examples.contains(where: \.isTruncated)
    if isTruncated { report.truncatedCount += 1 }
    let countBefore = self.examples.count
    for example in examples {
      let trainableCount = example.trainableCount
      guard trainableCount > 0 else { continue }
      self.examples.append(example)
      report.tokenCount += example.tokens.count
      report.trainableTokenCount += trainableCount
    }
    report.exampleCount = self.examples.count
    guard self.examples.count == countBefore else { return }
    if isTruncated { report.droppedByTruncationCount += 1 } else { report.droppedAsEmptyCount += 1 }
  }

  mutating func finish() throws(DatasetError) {
    report.lengths = LengthPercentiles(examples.map(\.tokens.count))
    guard report.droppedCount * 100 <= report.rowCount else { throw .emptyAfterFilter(report) }
  }
}

extension ExampleBuilder {
  /// The examples of rows that are all in memory.
  /// - Throws: what the rows' own errors are, `noRows`, or `emptyAfterFilter` when more than one row in a hundred has
  ///   nothing to learn.
  package func trainingSet(rows: [JSONObject]) throws(DatasetError) -> TrainingSet {
    var tokenized = TokenizedRows(self)
    if let first = rows.first { tokenized.append(try tokenized.tokenizer(from: first).tokenize(rows[...])) }
    return try tokenized.finish().train
  }
}
