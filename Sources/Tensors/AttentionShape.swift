/// The shapes of one attention layer.
package struct AttentionShape: Sendable, Hashable {
  package let headCount: Int
  package let keyValueHeadCount: Int
  package let headSize: Int
  /// Positions that a row sees, its own included; nil: all before it.
  package let window: Int?

  package init(headCount: Int, keyValueHeadCount: Int, headSize: Int, window: Int? = nil) {
    precondition(headCount > 0 && keyValueHeadCount > 0 && headSize > 0, "attention has heads of some size")
    precondition(headCount % keyValueHeadCount == 0, "\(headCount) heads do not share \(keyValueHeadCount)")
    precondition(window.map { $0 > 0 } ?? true, "a window has at least one position")
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headSize = headSize
    self.window = window
  }

  /// Width of a row of queries, keys and values side by side.
  package var width: Int { (headCount + 2 * keyValueHeadCount) * headSize }
  package var queryWidth: Int { headCount * headSize }
}

/// How the scores of attention come about: scale · q·k, squeezed to ±softCap by softCap · tanh(score / softCap).
package struct AttentionScoring: Sendable, Hashable {
  package let scale: Float
  package let softCap: Float?

  package init(scale: Float, softCap: Float? = nil) {
    precondition(softCap.map { $0 > 0 } ?? true, "scores cannot be capped at \(softCap ?? 0)")
    self.scale = scale
    self.softCap = softCap
  }
}
