/// One level of the stack, shared by all states above it.
final class Frame: Sendable, Hashable {
  /// Where the calling rule goes on.
  let returnState: Int32
  let below: Frame?
  let depth: Int
  /// Of the whole stack: most unequal stacks are told apart by it.
  private let digest: Int

  init(_ returnState: Int32, below: Frame?) {
    self.returnState = returnState
    self.below = below
    depth = (below?.depth ?? 0) + 1
    var hasher = Hasher()
    hasher.combine(returnState)
    hasher.combine(below?.digest)
    digest = hasher.finalize()
  }

  static func == (left: Frame, right: Frame) -> Bool {
    var pair = (left, right)
    while pair.0 !== pair.1 {
      guard pair.0.digest == pair.1.digest, pair.0.returnState == pair.1.returnState, pair.0.depth == pair.1.depth
      else { return false }
      guard let next = pair.0.below, let other = pair.1.below else { return pair.0.below == nil && pair.1.below == nil }
      pair = (next, other)
    }
    return true
  }

  func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
