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
  /// Of stored keys and values. Only f32 goes with rotation: what is rounded must be known exactly.
  var precision = KeyValuePrecision.float32

  var testDescription: String {
    "\(heads)/\(keyValueHeads)×\(headSize), \(positions), window \(window ?? 0), \(rotated) turn, cap \(softCap ?? 0)"
      + ", \(precision)" + (seesAhead ? ", ahead" : "")
  }

  var shape: AttentionShape {
    AttentionShape(headCount: heads, keyValueHeadCount: keyValueHeads, headSize: headSize, window: window)
  }

  /// A case of random shape.
  static func random(_ seed: UInt64) -> AttentionCase {
    var noise = Noise(seed: seed)
    func pick(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int((noise.next() + 1) / 2 * Float(range.count)) % range.count
    }
    let shared = pick(1...3)
    var item = AttentionCase(heads: shared * pick(1...15), keyValueHeads: shared)
    item.headSize = pick(1...100)
    item.positions = pick(1...110)
    item.window = pick(0...2) == 0 ? pick(1...70) : nil
    item.softCap = pick(0...3) == 0 ? 1.5 : nil
    item.seesAhead = pick(0...3) == 0
    item.precision = KeyValuePrecision.allCases[Int(seed) % 3]
    return item
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

    /// Given queries, keys and values, for a case that turns nothing.
    init(_ item: AttentionCase, qkv: [Float]) {
      self.item = item
      self.qkv = qkv
      cosines = []
      sines = []
    }

    /// The same with one of `qkv` replaced.
    func replacing(_ index: Int, by value: Float) -> Inputs {
      var changed = qkv
      changed[index] = value
      return Inputs(item, qkv: changed)
    }

    func rows(_ positions: Range<Int>) -> ArraySlice<Float> {
      qkv[positions.lowerBound * item.shape.width..<positions.upperBound * item.shape.width]
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
      let cached = (0..<item.positions).map { position in
        (0..<item.keyValueHeads).map { head in
          let key = vector(position, item.heads + head, isRotated: true)
          let value = vector(position, item.heads + item.keyValueHeads + head, isRotated: false)
          return (key: stored(key), value: stored(value))
        }
      }
      return (0..<item.positions).flatMap { row in
        let end = item.seesAhead ? item.positions : row + 1
        let visible = cached[max(0, end - (item.window ?? end))..<end]
        return (0..<item.heads).flatMap { head in
          let shared = head / (item.heads / item.keyValueHeads)
          return attend(vector(row, head, isRotated: true), visible.map { $0[shared] })
        }
      }
    }

    private func attend(_ query: [Double], _ visible: [(key: [Double], value: [Double])]) -> [Double] {
      let scores = visible.map { position in
        let score = 0.3 * zip(query, position.key).reduce(0) { $0 + $1.0 * $1.1 }
        return item.softCap.map { Double($0) * tanh(score / Double($0)) } ?? score
      }
      let largest = scores.max() ?? 0
      let weights = scores.map { exp($0 - largest) }
      let sum = weights.reduce(0, +)
      return query.indices.map { dimension in
        zip(weights, visible).reduce(0) { $0 + $1.0 * $1.1.value[dimension] } / sum
      }
    }

    /// What the cache makes of a key or value.
    private func stored(_ x: [Double]) -> [Double] {
      switch item.precision {
      case .float32: return x
      case .bfloat16:
        return x.map { value in
          let bits = Float(value).bitPattern
          return Double(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
        }
      case .int8:
        let largest = x.map { Float(abs($0)) }.max() ?? 0
        let scale = largest / 127, inverse = 127 / largest
        return x.map { Double((Float($0) * inverse).rounded(.toNearestOrEven)) * Double(scale) }
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
