/// Whether an optimiser step that is under way goes on, asked between its batches: one that an interruption cannot wait
/// for is given up, and a cancelled one is over at once.
package struct StepPatience: Sendable {
  private let start = ContinuousClock.now
  private let isCancelled: @Sendable () -> Bool
  private let deadline: @Sendable () -> ContinuousClock.Instant?

  /// - Parameter deadline: until when the step may end; nil: whenever it likes.
  package init(
    isCancelled: @escaping @Sendable () -> Bool,
    deadline: @escaping @Sendable () -> ContinuousClock.Instant?
  ) {
    self.isCancelled = isCancelled
    self.deadline = deadline
  }

  /// - Parameter done: batches, of `count`; the others are expected to take as long as these.
  package func goesOn(done: Int, of count: Int) -> Bool {
    if isCancelled() { return false }
    guard let deadline = deadline() else { return true }
    guard done > 0 else { return false }
    let now = ContinuousClock.now
    return now + (now - start) / done * (count - done) <= deadline
  }
}
