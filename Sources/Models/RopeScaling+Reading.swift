internal import Checkpoints
internal import Foundation

extension RopeScaling {
  private enum CodingKeys: String, CodingKey {
    case ropeType = "rope_type"
    case type
    case factor
    case lowFrequencyFactor = "low_freq_factor"
    case highFrequencyFactor = "high_freq_factor"
    case originalMaxPositionCount = "original_max_position_embeddings"
    case magnitude = "attention_factor"
    case fastRotations = "beta_fast"
    case slowRotations = "beta_slow"
    case magnitudeScale = "mscale"
    case magnitudeScaleOfAll = "mscale_all_dim"
    case truncates = "truncate"
    case shortFactors = "short_factor"
    case longFactors = "long_factor"
  }

  /// - Parameters:
  ///   - reader: `rope_parameters` or `rope_scaling`.
  ///   - outer: the configuration around it, which may hold the original context length.
  ///   - width: dimensions that turn.
  init(
    _ reader: ConfigurationReader?,
    outer: ConfigurationReader,
    theta: Double,
    width: Int,
    maxPositionCount: Int
  ) throws(CheckpointError) {
    guard let reader else {
      self = .none
      return
    }
    let type = try reader.optionalString(CodingKeys.ropeType)
    let oldType = try reader.optionalString(CodingKeys.type)
    let limits = 1...1 << 30
    let outerOriginal = try outer.optionalInteger(CodingKeys.originalMaxPositionCount, in: limits)
    let innerOriginal = try reader.optionalInteger(CodingKeys.originalMaxPositionCount, in: limits)
    let original = outerOriginal ?? innerOriginal ?? maxPositionCount
    switch type ?? oldType ?? "default" {
    case "default": self = .none
    case "linear": self = .linear(factor: try reader.number(CodingKeys.factor, in: 1...1e6))
    case "llama3": self = try Self.readLlama3(reader, original: original)
    case "yarn":
      let factor = try reader.optionalNumber(CodingKeys.factor, in: 1...1e6)
      self = try Self.readYarn(
        reader,
        factor: factor ?? max(1, Double(maxPositionCount) / Double(original)),
        original: original,
        theta: theta,
        width: width
      )
    case "longrope", "su":
      let factor = try reader.optionalNumber(CodingKeys.factor, in: 1e-6...1e6)
      self = try Self.readLongrope(
        reader,
        factor: factor ?? Double(maxPositionCount) / Double(original),
        original: original,
        width: width
      )
    case let other:
      throw reader.unsupported(CodingKeys.ropeType, other, supported: "default, linear, llama3, yarn, longrope")
    }
  }

  private static func readLlama3(_ reader: ConfigurationReader, original: Int) throws(CheckpointError) -> RopeScaling {
    let low = try reader.number(CodingKeys.lowFrequencyFactor, in: 1e-6...1e6)
    let high = try reader.number(CodingKeys.highFrequencyFactor, in: 1e-6...1e6)
    guard high > low else { throw reader.invalid(CodingKeys.highFrequencyFactor, "is not above low_freq_factor") }
    return .llama3(
      factor: try reader.number(CodingKeys.factor, in: 1...1e6),
      lowFrequencyFactor: low,
      highFrequencyFactor: high,
      originalMaxPositionCount: original
    )
  }

  private static func readYarn(
    _ reader: ConfigurationReader,
    factor: Double,
    original: Int,
    theta: Double,
    width: Int
  ) throws(CheckpointError) -> RopeScaling {
    let fast = try reader.optionalNumber(CodingKeys.fastRotations, in: 1e-6...1e6) ?? 32
    let slow = try reader.optionalNumber(CodingKeys.slowRotations, in: 1e-6...1e6) ?? 1
    let scale = try reader.optionalNumber(CodingKeys.magnitudeScale, in: 0...1e6) ?? 0
    let scaleOfAll = try reader.optionalNumber(CodingKeys.magnitudeScaleOfAll, in: 0...1e6) ?? 0
    func magnitude(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
    let standard = scale != 0 && scaleOfAll != 0 ? magnitude(scale) / magnitude(scaleOfAll) : magnitude(1)
    /// The pair that turns `rotations` times within the original context.
    func pair(_ rotations: Double) -> Double {
      Double(width) * log(Double(original) / (rotations * 2 * .pi)) / (2 * log(theta))
    }
    let truncates = try reader.flag(CodingKeys.truncates, default: true)
    let low = max(truncates ? pair(fast).rounded(.down) : pair(fast), 0)
    let high = min(truncates ? pair(slow).rounded(.up) : pair(slow), Double(width - 1))
    guard low.isFinite, high.isFinite, low <= high else {
      throw reader.invalid(CodingKeys.fastRotations, "and beta_slow leave no ramp of frequencies")
    }
    return .yarn(
      factor: factor,
      ramp: low...(low == high ? high + 0.001 : high),
      magnitude: try reader.optionalNumber(CodingKeys.magnitude, in: 1e-6...1e6) ?? standard
    )
  }

  private static func readLongrope(
    _ reader: ConfigurationReader,
    factor: Double,
    original: Int,
    width: Int
  ) throws(CheckpointError) -> RopeScaling {
    let standard = factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot()
    return .longrope(
      short: try reader.numbers(CodingKeys.shortFactors, count: width / 2, in: 1e-6...1e6),
      long: try reader.numbers(CodingKeys.longFactors, count: width / 2, in: 1e-6...1e6),
      originalMaxPositionCount: original,
      magnitude: try reader.optionalNumber(CodingKeys.magnitude, in: 1e-6...1e6) ?? standard
    )
  }
}
