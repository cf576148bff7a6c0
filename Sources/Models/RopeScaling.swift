/// How rotary frequencies are stretched for contexts longer than the pre-training's.
enum RopeScaling: Sendable, Hashable {
  case none
  /// All frequencies divided by `factor`.
  case linear(factor: Double)
  /// Llama 3.1: low frequencies divided by `factor`, high ones kept, a ramp between.
  case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalMaxPositionCount: Int)
  /// Peng et al. 2023: pairs before `ramp` kept, pairs after it divided by `factor`, a ramp between.
  case yarn(factor: Double, ramp: ClosedRange<Double>, magnitude: Double)
  /// Ding et al. 2024: a divisor for each pair, `long` in sequences longer than `originalMaxPositionCount`.
  case longrope(short: [Double], long: [Double], originalMaxPositionCount: Int, magnitude: Double)

  /// What cosines and sines are multiplied by.
  var magnitude: Double {
    switch self {
    case .none, .linear, .llama3: 1
    case .yarn(_, _, let magnitude), .longrope(_, _, _, let magnitude): magnitude
    }
  }

  /// Radians per position of each pair as f32; periods: see `RotaryParameters`; `isLong`: beyond `longContextStart`.
  func frequencies(periods: [Float], isLong: Bool) -> [Float] {
    switch self {
    case .none: periods.map { 1 / $0 }
    case .linear(let factor): periods.map { 1 / $0 / Float(factor) }
    case .llama3(let factor, let low, let high, let original):
      periods.map { Float(Self.llama3(Double(1 / $0), factor, low, high, Double(original))) }
    case .yarn(let factor, let ramp, _):
      periods.enumerated().map { pair, period in
        let position = (Float(pair) - Float(ramp.lowerBound)) / Float(ramp.upperBound - ramp.lowerBound)
        let kept = 1 - min(max(position, 0), 1)
        return 1 / (Float(factor) * period) * (1 - kept) + 1 / period * kept
      }
    case .longrope(let short, let long, _, _): zip(periods, isLong ? long : short).map { 1 / (Float($1) * $0) }
    }
  }

  /// Sequences longer than this have other frequencies at all of their positions; nil: none have.
  var longContextStart: Int? {
    if case .longrope(_, _, let original, _) = self { original } else { nil }
  }

  private static func llama3(
    _ frequency: Double,
    _ factor: Double,
    _ low: Double,
    _ high: Double,
    _ original: Double
  ) -> Double {
    let wavelength = 2 * Double.pi / frequency
    if wavelength < original / high { return frequency }
    if wavelength > original / low { return frequency / factor }
    let smooth = (original / wavelength - low) / (high - low)
    return (1 - smooth) * frequency / factor + smooth * frequency
  }
}
