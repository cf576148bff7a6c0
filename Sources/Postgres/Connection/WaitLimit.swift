/// How long a connection waits for its server, and whether the cancellation of the task ends the waiting.
struct WaitLimit: Sendable {
  let instant: ContinuousClock.Instant
  let heedsCancellation: Bool

  init(_ duration: Duration, heedsCancellation: Bool = true) {
    instant = .now + duration
    self.heedsCancellation = heedsCancellation
  }

  /// For `poll`: rounded up, so that it never returns just before the instant; 0 when the time is over.
  var remainingMilliseconds: Int32 {
    let (seconds, attoseconds) = (instant - .now).components
    if seconds < 0 || attoseconds < 0 || (seconds == 0 && attoseconds == 0) { return 0 }
    return Int32(clamping: min(seconds, 1_000_000) * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
  }

  func check(_ what: String) throws(PostgresError) {
    if heedsCancellation, Task.isCancelled { throw .cancelled }
    if remainingMilliseconds == 0 { throw .deadlineExceeded(what: what) }
  }
}
