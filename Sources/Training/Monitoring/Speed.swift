/// Tokens and rows over the time they took, of this attempt alone: it has no place in the state.
struct Speed {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let firstStep: Int
  private var tokens = 0
  private var examples = 0
  private var lastLog: ContinuousClock.Instant
  private var tokensSinceLog = 0

  init(step: Int) {
    start = clock.now
    lastLog = start
    firstStep = step
  }

  mutating func record(tokens: Int, examples: Int) {
    self.tokens += tokens
    self.examples += examples
    tokensSinceLog += tokens
  }

  /// Since the last call, evaluations in between included; nil when no time went by.
  mutating func takeTokensPerSecond() -> Double? {
    let now = clock.now
    defer { (lastLog, tokensSinceLog) = (now, 0) }
    let seconds = (now - lastLog).seconds
    return seconds > 0 ? Double(tokensSinceLog) / seconds : nil
  }

  func total(step: Int) -> (seconds: Double, examplesPerSecond: Double, stepsPerSecond: Double) {
    let seconds = (clock.now - start).seconds
    return (seconds, Double(examples) / seconds, Double(step - firstStep) / seconds)
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
