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

/// A training set in the making, for rows that arrive one by one. The first row says which shape all have.
package struct TrainingSetAssembly: Sendable {
  private let builder: ExampleBuilder
  private var set: TrainingSet?

  package init(_ builder: ExampleBuilder) {
    self.builder = builder
  }

  package mutating func append(_ row: DatasetRow) throws(DatasetError) {
    var set =
      if let set { set } else {
        TrainingSet(shape: try DatasetShape(of: row, textColumn: builder.options.textColumn))
      }
    // One owner, so that appending copies nothing.
    self.set = nil
    set.append(try builder.examples(row, shape: set.report.shape))
    self.set = set
  }

  /// - Throws: `noRows`, or `emptyAfterFilter` when more than one row in a hundred has nothing to learn.
  package consuming func finish() throws(DatasetError) -> TrainingSet {
    guard var set else { throw .noRows }
    try set.finish()
    return set
  }
}

extension ExampleBuilder {
  /// The examples of all rows that `nextRow` gives until nil.
  package func trainingSet(
    _ nextRow: () throws(DatasetError) -> DatasetRow?
  ) throws(DatasetError) -> TrainingSet {
    var assembly = TrainingSetAssembly(self)
    while let row = try nextRow() { try assembly.append(row) }
    return try assembly.finish()
  }

  package func trainingSet(rows: [JSONObject]) throws(DatasetError) -> TrainingSet {
    var numbered = rows.enumerated().makeIterator()
    return try trainingSet { numbered.next().map { DatasetRow(number: $0.offset + 1, members: $0.element) } }
  }
}
