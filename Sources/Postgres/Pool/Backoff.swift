/// Exponential waits between attempts, each drawn between half and the whole so that many clients do not come at once.
struct Backoff: Sendable {
  var first = Duration.milliseconds(100)
  /// Short beside any lease, or workers would lose their attempts after a long absence of the database.
  var longest = Duration.seconds(2)

  /// - Parameter attempt: failures in a row, from 1.
  func delay(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
    let doubled = first * Double(1 << min(max(attempt, 1) - 1, 20))
    return min(doubled, longest) * Double.random(in: 0.5...1, using: &generator)
  }
}
