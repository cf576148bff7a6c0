package import JSON

/// What became of the rows of a dataset.
package struct DatasetReport: Sendable, Hashable {
  package let shape: DatasetShape
  package var rowCount = 0
  package var exampleCount = 0
  package var tokenCount = 0
  /// Tokens that the loss counts.
  package var trainableTokenCount = 0
  /// Rows that lost tokens at the maximum length, dropped ones among them.
  package var truncatedCount = 0
  /// Rows without a token to learn because they were cut there.
  package var droppedByTruncationCount = 0
  /// Rows that had none to begin with.
  package var droppedAsEmptyCount = 0
  /// Of the examples, in tokens.
  package var lengths = LengthPercentiles([])

  package init(shape: DatasetShape) {
    self.shape = shape
  }

  package var droppedCount: Int { droppedByTruncationCount + droppedAsEmptyCount }

  var dropRemedy: String {
    droppedByTruncationCount > droppedAsEmptyCount
      ? "max_length cuts them before their answers begin; raise it, or set truncation_mode to keep_end"
      : "their answers or texts are empty, or the assistant does not speak in them; remove these rows"
  }

  package var json: JSONValue {
    [
      "shape": .string(shape.rawValue),
      "rows": JSONValue(rowCount),
      "examples": JSONValue(exampleCount),
      "tokens": JSONValue(tokenCount),
      "trainable_tokens": JSONValue(trainableTokenCount),
      "truncated": JSONValue(truncatedCount),
      "dropped": JSONValue(droppedCount),
      "lengths": lengths.json,
    ]
  }
}

/// The distribution of lengths, by the nearest-rank method; all 0 where there are none.
package struct LengthPercentiles: Sendable, Hashable {
  package let median: Int
  package let percentile90: Int
  package let percentile99: Int
  package let maximum: Int

  package init(_ lengths: [Int]) {
    let sorted = lengths.sorted()
    func percentile(_ percent: Int) -> Int {
      sorted.isEmpty ? 0 : sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
    median = percentile(50)
    percentile90 = percentile(90)
    percentile99 = percentile(99)
    maximum = percentile(100)
  }

  var json: JSONValue {
    [
      "p50": JSONValue(median), "p90": JSONValue(percentile90), "p99": JSONValue(percentile99),
      "max": JSONValue(maximum),
    ]
  }
}
