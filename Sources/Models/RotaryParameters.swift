internal import Checkpoints
internal import Foundation

/// What config.json says of the rotary position embedding.
struct RotaryParameters: Sendable, Hashable {
  /// Dimensions of a head that turn.
  let width: Int
  let theta: Double
  let scaling: RopeScaling

  static let standardTheta = 10_000.0

  private enum CodingKeys: String, CodingKey {
    case theta = "rope_theta"
    case scaling = "rope_scaling"
    case parameters = "rope_parameters"
    case partialFactor = "partial_rotary_factor"
    case headSize = "head_dim"
  }

  /// Reads `rope_theta` and `rope_scaling`, or `rope_parameters`, which newer files have instead.
  init(
    _ reader: ConfigurationReader,
    headSize: Int,
    maxPositionCount: Int,
    isPartialAllowed: Bool = false
  ) throws(CheckpointError) {
    let parameters = try reader.optionalReader(CodingKeys.parameters)
    let scaling = try reader.optionalReader(CodingKeys.scaling)
    try self.init(
      parameters ?? scaling,
      outer: reader,
      theta: try Self.theta(reader) ?? Self.standardTheta,
      headSize: headSize,
      maxPositionCount: maxPositionCount,
      isPartialAllowed: isPartialAllowed
    )
  }

  /// - Parameters:
  ///   - parameters: `rope_parameters`, or the part of it that is meant, or `rope_scaling`.
  ///   - outer: the configuration around it.
  ///   - theta: unless `parameters` names one.
  init(
    _ parameters: ConfigurationReader?,
    outer: ConfigurationReader,
    theta: Double,
    headSize: Int,
    maxPositionCount: Int,
    isPartialAllowed: Bool = false
  ) throws(CheckpointError) {
    let ownTheta = if let parameters { try Self.theta(parameters) } else { Double?.none }
    self.theta = ownTheta ?? theta
    let outerFactor = try outer.optionalNumber(CodingKeys.partialFactor, in: 0...1)
    let factor = try parameters?.optionalNumber(CodingKeys.partialFactor, in: 0...1) ?? outerFactor ?? 1
    guard isPartialAllowed || factor == 1 else {
      throw outer.unsupported(CodingKeys.partialFactor, "\(factor)", supported: "1")
    }
    width = Int(Double(headSize) * factor)
    guard width % 2 == 0 else {
      let key = width == headSize ? CodingKeys.headSize : CodingKeys.partialFactor
      throw outer.invalid(key, "makes \(width) of \(headSize) dimensions turn, which do not pair")
    }
    scaling = try RopeScaling(
      parameters,
      outer: outer,
      theta: self.theta,
      width: width,
      maxPositionCount: maxPositionCount
    )
  }

  /// Positions after which each pair of dimensions has turned by one radian, theta^(2i / width), as f32.
  var periods: [Float] {
    (0..<width / 2).map { Float(pow(theta, Double(Float(2 * $0) / Float(width)))) }
  }

  private static func theta(_ reader: ConfigurationReader) throws(CheckpointError) -> Double? {
    try reader.optionalNumber(CodingKeys.theta, in: 1...1e12)
  }
}
