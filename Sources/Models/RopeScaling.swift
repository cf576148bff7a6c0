internal import Checkpoints

/// How rotary frequencies are stretched for contexts longer than the pre-training's.
enum RopeScaling: Sendable, Hashable {
  case none
  /// All frequencies divided by `factor`.
  case linear(factor: Double)
  /// Llama 3.1: low frequencies divided by `factor`, high ones kept, a ramp between.
  case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalMaxPositionCount: Int)

  private enum CodingKeys: String, CodingKey {
    case ropeType = "rope_type"
    case type
    case factor
    case lowFrequencyFactor = "low_freq_factor"
    case highFrequencyFactor = "high_freq_factor"
    case originalMaxPositionCount = "original_max_position_embeddings"
  }

  init(_ reader: ConfigurationReader) throws(CheckpointError) {
    let type = try reader.optionalString(CodingKeys.ropeType)
    let oldType = try reader.optionalString(CodingKeys.type)
    switch type ?? oldType ?? "default" {
    case "default": self = .none
    case "linear": self = .linear(factor: try reader.number(CodingKeys.factor, in: 1...1e6))
    case "llama3":
      let low = try reader.number(CodingKeys.lowFrequencyFactor, in: 1e-6...1e6)
      let high = try reader.number(CodingKeys.highFrequencyFactor, in: 1e-6...1e6)
      guard high > low else { throw reader.invalid(CodingKeys.highFrequencyFactor, "is not above low_freq_factor") }
      self = .llama3(
        factor: try reader.number(CodingKeys.factor, in: 1...1e6),
        lowFrequencyFactor: low,
        highFrequencyFactor: high,
        originalMaxPositionCount: try reader.integer(CodingKeys.originalMaxPositionCount, in: 1...1 << 30)
      )
    case let other:
      let reason = CheckpointError.Reason.unsupported(
        key: "rope_type",
        value: other,
        supported: "default, linear, llama3"
      )
      throw CheckpointError(path: reader.path, reason)
    }
  }
}
