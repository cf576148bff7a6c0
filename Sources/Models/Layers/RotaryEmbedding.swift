internal import Foundation
internal import Tensors

/// Rotary position embedding (Su et al. 2021) in the half-split layout; angles as f32, as the reference computes them.
struct RotaryEmbedding: Sendable {
  /// [headSize / 2] radians per position.
  let inverseFrequencies: [Float]

  init(headSize: Int, theta: Double, scaling: RopeScaling) {
    inverseFrequencies = (0..<headSize / 2).map { index in
      let base = Float(1 / Double(Float(pow(theta, Double(Float(2 * index) / Float(headSize))))))
      return Float(Self.scale(Double(base), scaling))
    }
  }

  /// cosines and sines [rows, headSize / 2] of the rows' positions.
  func fill(
    _ rows: borrowing BatchRows,
    cosines: inout AlignedBuffer,
    sines: inout AlignedBuffer
  ) {
    let half = inverseFrequencies.count
    for row in 0..<rows.count {
      let position = Float(rows.position(of: row))
      for index in 0..<half {
        let angle = Double(position * inverseFrequencies[index])
        cosines[row * half + index] = Float(cos(angle))
        sines[row * half + index] = Float(sin(angle))
      }
    }
  }

  private static func scale(_ frequency: Double, _ scaling: RopeScaling) -> Double {
    switch scaling {
    case .none: return frequency
    case .linear(let factor): return frequency / factor
    case .llama3(let factor, let low, let high, let original):
      let wavelength = 2 * Double.pi / frequency
      if wavelength < Double(original) / high { return frequency }
      if wavelength > Double(original) / low { return frequency / factor }
      let smooth = (Double(original) / wavelength - low) / (high - low)
      return (1 - smooth) * frequency / factor + smooth * frequency
    }
  }
}
