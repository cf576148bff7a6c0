internal import Foundation
internal import Tensors

/// Rotary position embedding (Su et al. 2021) in the half-split layout; angles as f32, as the reference computes them.
struct RotaryEmbedding: Sendable {
  /// Dimensions of a head that turn.
  let width: Int
  /// [width / 2] radians per position, also of sequences longer than `longContextStart`.
  private let frequencies: [Float]
  private let longFrequencies: [Float]
  let longContextStart: Int?
  /// Factor of cosines and sines.
  private let magnitude: Float

  init(_ parameters: RotaryParameters) {
    let periods = parameters.periods
    width = parameters.width
    frequencies = parameters.scaling.frequencies(periods: periods, isLong: false)
    longFrequencies = parameters.scaling.frequencies(periods: periods, isLong: true)
    longContextStart = parameters.scaling.longContextStart
    magnitude = Float(parameters.scaling.magnitude)
  }

  /// The angles of the batch's rows.
  func fill(_ batch: ForwardBatch, into angles: inout RotaryAngles) {
    for slice in batch.sequences {
      let isLong = longContextStart.map { slice.contextLength > $0 } ?? false
      let frequencies = isLong ? longFrequencies : frequencies
      for row in 0..<slice.count {
        let position = Float(slice.position + row)
        for pair in 0..<width / 2 {
          let angle = Double(position * frequencies[pair])
          angles.set(
            row: slice.start + row,
            pair: pair,
            cosine: Float(cos(angle)) * magnitude,
            sine: Float(sin(angle)) * magnitude
          )
        }
      }
    }
  }
}
