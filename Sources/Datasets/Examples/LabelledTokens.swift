/// Tokens on their way to an example, and which of them are learned.
struct LabelledTokens {
  private(set) var tokens: [Int32] = []
  private(set) var labels: [Int32] = []

  init() {}

  /// - Parameter isLearned: By index of `ids`.
  init(_ ids: [Int], isLearned: (Int) -> Bool) {
    tokens = ids.map { Int32($0) }
    labels = tokens.indices.map { isLearned($0) ? tokens[$0] : TrainingExample.ignoredLabel }
  }

  init(tokens: [Int32], labels: [Int32]) {
    self.tokens = tokens
    self.labels = labels
  }

  mutating func append(_ ids: [Int], isLearned: Bool) {
    for id in ids {
      tokens.append(Int32(id))
      labels.append(isLearned ? Int32(id) : TrainingExample.ignoredLabel)
    }
  }

  /// Examples of at most `maximum` tokens.
  func examples(maximum: Int, truncation: ExampleOptions.Truncation) -> [TrainingExample] {
    guard tokens.count > maximum else { return [TrainingExample(tokens: tokens, labels: labels)] }
    switch truncation {
    case .keepStart: return [example(0..<maximum, isTruncated: true)]
    case .keepEnd: return [example(tokens.count - maximum..<tokens.count, isTruncated: true)]
    case .split:
      return stride(from: 0, to: tokens.count, by: maximum).map { start in
        example(start..<min(start + maximum, tokens.count), isTruncated: false)
      }
    }
  }

  private func example(_ range: Range<Int>, isTruncated: Bool) -> TrainingExample {
    TrainingExample(tokens: Array(tokens[range]), labels: Array(labels[range]), isTruncated: isTruncated)
  }
}
