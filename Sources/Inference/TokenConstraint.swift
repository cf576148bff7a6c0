/// Which tokens may come next, so that the answer has a form: a grammar at some place in a text.
///
/// A value: each answer advances a copy of its own.
package protocol TokenConstraint: Sendable {
  /// Goes on behind a token that the mask allowed. EOS and stop tokens, which end the answer, are not told.
  mutating func advance(_ token: Int)

  /// Sets bit i % 64 of word i / 64 for each token id i that may come next; the words come as zeros.
  func fill(mask: inout [UInt64])

  /// Whether the answer may end here. EOS is then allowed beside the tokens of the mask, and without any of those the
  /// answer does end.
  var isComplete: Bool { get }
}
