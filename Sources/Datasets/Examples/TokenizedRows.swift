package import JSON

/// What the rows of a dataset became, in their order. The rows themselves are not kept: a dataset comes page by page, and
/// its texts are never all in memory.
package struct TokenizedRows: Sendable {
  private let builder: ExampleBuilder
  private let split: EvaluationSplit?
  private var shape: DatasetShape?
  private var rows: [TokenizedRow] = []

  /// - Parameter split: which rows are kept back; nil: none.
  package init(_ builder: ExampleBuilder, split: EvaluationSplit? = nil) {
    self.builder = builder
    self.split = split
  }

  /// What tokenizes the next rows: the very first one says which shape all have.
  package mutating func tokenizer(from next: JSONObject) throws(DatasetError) -> RowTokenizer {
    let shape =
      if let shape { shape } else {
        try DatasetShape(of: DatasetRow(number: 1, members: next), textColumn: builder.options.textColumn)
      }
    self.shape = shape
    return RowTokenizer(builder: builder, split: split, shape: shape, firstNumber: rows.count + 1)
  }

  package mutating func append(_ tokenized: [TokenizedRow]) { rows += tokenized }

  /// - Returns: the second without a split is nil.
  /// - Throws: `noRows`, or `emptyAfterFilter` when more than one row in a hundred of a side has nothing to learn.
  package consuming func finish() throws(DatasetError) -> (train: TrainingSet, evaluation: TrainingSet?) {
    guard let shape else { throw .noRows }
    var train = TrainingSet(shape: shape)
    guard let split else {
      for row in rows { train.append(row.examples) }
      try train.finish()
      return (train, nil)
    }
    var evaluation = TrainingSet(shape: shape)
    for (row, isEvaluation) in zip(rows, try split.isEvaluation(hashes: rows.map(\.hash))) {
      if isEvaluation { evaluation.append(row.examples) } else { train.append(row.examples) }
    }
    try train.finish()
    try evaluation.finish()
    return (train, evaluation)
  }
}

/// What one row became.
package struct TokenizedRow: Sendable {
  let examples: [TrainingExample]
  /// Of its content, for the split; 0 without one.
  let hash: UInt64
}

/// Tokenizes the rows of a page; parts of it can go on several threads.
package struct RowTokenizer: Sendable {
  let builder: ExampleBuilder
  let split: EvaluationSplit?
  let shape: DatasetShape
  /// Of the page's first row, from 1 in the dataset.
  let firstNumber: Int

  /// - Parameter part: of the page, with its indices.
  package func tokenize(_ part: ArraySlice<JSONObject>) throws(DatasetError) -> [TokenizedRow] {
    var tokenized: [TokenizedRow] = []
    tokenized.reserveCapacity(part.count)
    for (members, index) in zip(part, part.indices) {
      let row = DatasetRow(number: firstNumber + index, members: members)
      let examples = try builder.examples(row, shape: shape)
      tokenized.append(TokenizedRow(examples: examples, hash: split?.hash(of: members) ?? 0))
    }
    return tokenized
  }
}
