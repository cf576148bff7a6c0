import Foundation
import Tensors
import Testing

/// Random queries, keys, values and gradients of several sequences, and what they come to in float64.
struct AttentionGradientCase: Sendable, CustomTestStringConvertible {
  var heads = 2
  var keyValueHeads = 1
  var headSize = 4
  /// Rows of each sequence.
  var lengths = [7]
  var window: Int?
  var softCap: Float?
  var seesAhead = false

  var testDescription: String {
    "\(heads)/\(keyValueHeads)×\(headSize), \(lengths), window \(window ?? 0), cap \(softCap ?? 0)"
      + (seesAhead ? ", ahead" : "")
  }

  var shape: AttentionShape {
    AttentionShape(headCount: heads, keyValueHeadCount: keyValueHeads, headSize: headSize, window: window)
  }

  var scoring: AttentionScoring { AttentionScoring(scale: 0.4, softCap: softCap) }
  var rowCount: Int { lengths.reduce(0, +) }
  var group: Int { heads / keyValueHeads }

  var sequences: [Range<Int>] {
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return start..<start + length
    }
  }

  /// The case with one of its sequences alone.
  func alone(_ length: Int) -> AttentionGradientCase {
    var item = self
    item.lengths = [length]
    return item
  }

  static func random(_ seed: UInt64) -> AttentionGradientCase {
    var noise = Noise(seed: seed)
    func pick(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int((noise.next() + 1) / 2 * Float(range.count)) % range.count
    }
    let shared = pick(1...3)
    var item = AttentionGradientCase(heads: shared * pick(1...7), keyValueHeads: shared)
    item.headSize = pick(1...70)
    item.lengths = (0..<pick(1...3)).map { _ in pick(1...110) }
    item.window = pick(0...2) == 0 ? pick(1...70) : nil
    item.softCap = pick(0...2) == 0 ? 1.5 : nil
    item.seesAhead = item.window == nil && pick(0...3) == 0
    return item
  }

  /// [rows, shape.width] and [rows, shape.queryWidth].
  struct Inputs {
    let qkv, dAttended: [Float]

    init(_ item: AttentionGradientCase) {
      var noise = Noise(seed: UInt64(item.headSize * 100 + item.rowCount))
      qkv = noise.values(item.rowCount * item.shape.width, scale: 2)
      dAttended = noise.values(item.rowCount * item.shape.queryWidth)
    }

    init(qkv: [Float], dAttended: [Float]) {
      self.qkv = qkv
      self.dAttended = dAttended
    }
  }
}

/// Attention and its gradient as the papers write them.
extension AttentionGradientCase {
  /// Positions of its sequence that a row sees.
  func visible(from row: Int, in sequence: Range<Int>) -> Range<Int> {
    let end = seesAhead ? sequence.upperBound : row + 1
    return max(sequence.lowerBound, end - (window ?? end))..<end
  }

  /// attended [rows, shape.queryWidth].
  func attended(_ qkv: [Double]) -> [Double] {
    sequences.flatMap { sequence in
      sequence.flatMap { row in
        (0..<heads).flatMap { head in
          let seen = visible(from: row, in: sequence)
          let weights = self.weights(qkv, row, head, seen).map(\.weight)
          return (0..<headSize).map { dimension in
            zip(seen, weights).reduce(0) { $0 + $1.1 * qkv[valueColumn(head) + $1.0 * shape.width + dimension] }
          }
        }
      }
    }
  }

  /// dqkv [rows, shape.width].
  func gradient(_ dAttended: [Double], qkv: [Double]) -> [Double] {
    let attended = self.attended(qkv)
    var dqkv = [Double](repeating: 0, count: qkv.count)
    for sequence in sequences {
      for row in sequence {
        for head in 0..<heads { differentiate(row, head, sequence, dAttended, attended, qkv, into: &dqkv) }
      }
    }
    return dqkv
  }

  private func differentiate(
    _ row: Int,
    _ head: Int,
    _ sequence: Range<Int>,
    _ dAttended: [Double],
    _ attended: [Double],
    _ qkv: [Double],
    into dqkv: inout [Double]
  ) {
    let output = row * shape.queryWidth + head * headSize, query = row * shape.width + head * headSize
    let seen = visible(from: row, in: sequence)
    let mean = (output..<output + headSize).reduce(0) { $0 + dAttended[$1] * attended[$1] }
    for (position, (weight, slope)) in zip(seen, weights(qkv, row, head, seen)) {
      let key = keyColumn(head) + position * shape.width, value = valueColumn(head) + position * shape.width
      let dWeight = (0..<headSize).reduce(0) { $0 + dAttended[output + $1] * qkv[value + $1] }
      let dScore = weight * (dWeight - mean) * slope * Double(scoring.scale)
      for dimension in 0..<headSize {
        dqkv[value + dimension] += weight * dAttended[output + dimension]
        dqkv[key + dimension] += dScore * qkv[query + dimension]
        dqkv[query + dimension] += dScore * qkv[key + dimension]
      }
    }
  }

  /// The softmax over what a query sees, and the slopes of the cap.
  private func weights(_ qkv: [Double], _ row: Int, _ head: Int, _ seen: Range<Int>) -> [(
    weight: Double, slope: Double
  )] {
    let query = row * shape.width + head * headSize
    let scores = seen.map { position in
      let key = keyColumn(head) + position * shape.width
      return Double(scoring.scale) * (0..<headSize).reduce(0) { $0 + qkv[query + $1] * qkv[key + $1] }
    }
    let capped = scores.map { score in softCap.map { Double($0) * tanh(score / Double($0)) } ?? score }
    let weights = capped.map { exp($0 - (capped.max() ?? 0)) }
    let sum = weights.reduce(0, +)
    return zip(weights, capped).map { weight, score in
      (weight / sum, softCap.map { 1 - (score / Double($0)) * (score / Double($0)) } ?? 1)
    }
  }

  private func keyColumn(_ head: Int) -> Int { (heads + head / group) * headSize }
  private func valueColumn(_ head: Int) -> Int { (heads + keyValueHeads + head / group) * headSize }
}
