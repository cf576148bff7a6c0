/// Drawing a token: every sum runs in an order that the weights alone fix.
extension Sampler {
  private static let blockSize = 1024

  /// Among all tokens, in the order of ids: first the block, then the token in it.
  static func draw(_ weights: [Float], sums: inout [Double], _ point: Double) -> Int? {
    sums.removeAll(keepingCapacity: true)
    for start in stride(from: 0, to: weights.count, by: blockSize) {
      sums.append(sum(weights.span, start..<min(start + blockSize, weights.count)))
    }
    var rest = point * sums.reduce(0, +)
    var block = 0
    while block + 1 < sums.count, rest >= sums[block] {
      rest -= sums[block]
      block += 1
    }
    var last: Int?
    for id in block * blockSize..<min((block + 1) * blockSize, weights.count) where weights[id] > 0 {
      last = id
      rest -= Double(weights[id])
      if rest < 0 { return id }
    }
    // Rounding can leave the point at the end.
    return last ?? (0..<weights.count).last { weights[$0] > 0 }
  }

  /// Four sums side by side, so that no addition waits for the one before.
  static func sum(_ weights: Span<Float>, _ range: Range<Int>) -> Double {
    var sums = (0.0, 0.0, 0.0, 0.0)
    var index = range.lowerBound
    while index + 4 <= range.upperBound {
      sums.0 += Double(weights[index])
      sums.1 += Double(weights[index + 1])
      sums.2 += Double(weights[index + 2])
      sums.3 += Double(weights[index + 3])
      index += 4
    }
    while index < range.upperBound {
      sums.0 += Double(weights[index])
      index += 1
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }
}
