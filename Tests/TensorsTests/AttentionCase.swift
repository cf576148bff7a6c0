import Foundation
import Tensors
import Testing

/// Random queries, keys and values of one sequence, and what attention makes of them in float64.
struct AttentionCase: Sendable, CustomTestStringConvertible {
  var heads = 2
  var keyValueHeads = 1
  var headSize = 16
  var positions = 40
  var window: Int?
  /// Dimensions of a head that turn.
  var rotated = 0
  var softCap: Float?
  var seesAhead = false

  var testDescription: String {
    "\(heads)/\(keyValueHeads)×\(headSize), \(positions), window \(window ?? 0), \(rotated) turn, cap \(softCap ?? 0)"
      + (seesAhead ? ", ahead" : "")
  }

  var shape: AttentionShape {
    AttentionShape(headCount: heads, keyValueHeadCount: keyValueHeads, headSize: headSize, window: window)
  }

  var scoring: AttentionScoring { AttentionScoring(scale: 0.3, softCap: softCap) }

  struct Inputs {
    let item: AttentionCase
    let qkv, cosines, sines: [Float]

    init(_ item: AttentionCase) {
      self.item = item
      var noise = Noise(seed: UInt64(item.headSize * 100 + item.positions))
      qkv = noise.values(item.positions * item.shape.width, scale: 2)
      let angles = (0..<item.positions * item.rotated / 2).map { _ in noise.next() * 3 }
      cosines = angles.map { cos($0) }
      sines = angles.map { sin($0) }
    }

    /// The first positions of `other`, for a case that turns nothing.
    init(prefixOf other: Inputs, _ item: AttentionCase) {
      self.item = item
      qkv = Array(other.qkv[..<(item.positions * item.shape.width)])
      cosines = []
      sines = []
    }

    /// The angles of the rows at `positions`.
    func angles(_ positions: Range<Int>) -> RotaryAngles {
      var angles = RotaryAngles(maximumRows: positions.count, width: item.rotated)
      for (row, position) in positions.enumerated() {
        for pair in 0..<item.rotated / 2 {
          let index = position * item.rotated / 2 + pair
          angles.set(row: row, pair: pair, cosine: cosines[index], sine: sines[index])
        }
      }
      return angles
    }

    /// Rotation, softmax over the visible positions and weighted sum, as the papers write them.
    var reference: [Double] {
      (0..<item.positions).flatMap { row in (0..<item.heads).flatMap { attend(row, $0) } }
    }

    private func attend(_ row: Int, _ head: Int) -> [Double] {
      let shared = head / (item.heads / item.keyValueHeads)
      let query = vector(row, head, isRotated: true)
      let end = item.seesAhead ? item.positions : row + 1
      let visible = max(0, end - (item.window ?? end))..<end
      let scores = visible.map { position in
        let key = vector(position, item.heads + shared, isRotated: true)
        let score = 0.3 * zip(query, key).reduce(0) { $0 + $1.0 * $1.1 }
        return item.softCap.map { Double($0) * tanh(score / Double($0)) } ?? score
      }
      let largest = scores.max() ?? 0
      let weights = scores.map { exp($0 - largest) }
      let values = visible.map { vector($0, item.heads + item.keyValueHeads + shared, isRotated: false) }
      return (0..<item.headSize).map { dimension in
        zip(weights, values).reduce(0) { $0 + $1.0 * $1.1[dimension] } / weights.reduce(0, +)
      }
    }

    private func vector(_ row: Int, _ head: Int, isRotated: Bool) -> [Double] {
      let start = row * item.shape.width + head * item.headSize, half = item.rotated / 2
      let x = qkv[start..<start + item.headSize].map(Double.init)
      guard isRotated else { return x }
      return x.indices.map { index in
        guard index < item.rotated else { return x[index] }
        let cosine = Double(cosines[row * half + index % half]), sine = Double(sines[row * half + index % half])
        return index < half ? x[index] * cosine - x[index + half] * sine : x[index] * cosine + x[index - half] * sine
      }
    }
  }
}
