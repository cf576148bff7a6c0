import JSON

/// Rows that were tokenized elsewhere.
enum TokenColumns {
  /// `input_ids` and `labels` as they are; without `labels` every token is learned. Positions that `attention_mask` says
  /// are padding are left out: no padding is needed here.
  static func read(_ row: DatasetRow, vocabularySize: Int) throws(DatasetError) -> LabelledTokens {
    let tokens = try integers("input_ids", row)
    let labels = try optionalIntegers("labels", row, count: tokens.count)
    let mask = try optionalIntegers("attention_mask", row, count: tokens.count)
    try check(tokens, "input_ids", row, vocabularySize)
    try check(labels ?? [], "labels", row, vocabularySize, allowed: TrainingExample.ignoredLabel)
    let kept = tokens.indices.filter { mask?[$0] != 0 }
    return LabelledTokens(tokens: kept.map { tokens[$0] }, labels: kept.map { (labels ?? tokens)[$0] })
  }

  private static func optionalIntegers(
    _ column: String,
    _ row: DatasetRow,
    count: Int
  ) throws(DatasetError) -> [Int32]? {
    guard row[column] != nil else { return nil }
    let values = try integers(column, row)
    guard values.count == count else {
      throw row.invalid(column, "has \(values.count) elements, but input_ids has \(count); give as many")
    }
    return values
  }

  private static func check(
    _ values: [Int32],
    _ column: String,
    _ row: DatasetRow,
    _ vocabularySize: Int,
    allowed: Int32? = nil
  ) throws(DatasetError) {
    for (index, value) in values.enumerated() where value != allowed && !(0..<vocabularySize).contains(Int(value)) {
      throw .tokenOutOfRange(
        row.place,
        path: "\(column)[\(index)]",
        id: Int(value),
        vocabularySize: vocabularySize
      )
    }
  }

  private static func integers(_ column: String, _ row: DatasetRow) throws(DatasetError) -> [Int32] {
    var values: [Int32] = []
    for (index, element) in try row.list(column).enumerated() {
      guard let value = element.integer, let exact = Int32(exactly: value) else {
        throw row.invalid("\(column)[\(index)]", "is not an id; give a list of integers")
      }
      values.append(exact)
    }
    return values
  }
}
