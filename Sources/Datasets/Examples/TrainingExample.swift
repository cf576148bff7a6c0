/// One sequence to train on, never padded.
package struct TrainingExample: Sendable, Hashable {
  /// The label of a token that adds nothing to the loss, as in transformers.
  package static let ignoredLabel: Int32 = -100

  package let tokens: [Int32]
  /// `labels[i]` belongs to `tokens[i]`: the token itself where it is learned, `ignoredLabel` where it is only read.
  /// The first token is never predicted, so its label counts for nothing.
  package let labels: [Int32]
  /// The row was longer than the maximum length.
  package let isTruncated: Bool

  /// - Precondition: as many labels as tokens.
  package init(tokens: [Int32], labels: [Int32], isTruncated: Bool = false) {
    precondition(tokens.count == labels.count, "\(labels.count) labels for \(tokens.count) tokens")
    self.tokens = tokens
    self.labels = labels
    self.isTruncated = isTruncated
  }

  /// Tokens that the loss counts.
  package var trainableCount: Int {
    labels.dropFirst().count { $0 != Self.ignoredLabel }
  }
}
