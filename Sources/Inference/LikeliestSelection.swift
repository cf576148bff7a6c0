/// Finds the likeliest tokens in linear time: a radix descent over the bits of their logits, as radix sort goes, but
/// only into the one bucket that the border runs through.
struct LikeliestSelection: Sendable {
  /// What ends a selection: so many tokens, or so much of the probability.
  enum Target {
    case count(Int)
    case weight(Double)
  }

  private static let digits: [(shift: UInt32, bits: UInt32)] = [(21, 11), (10, 11), (0, 10)]

  /// Tokens or weight in each bucket.
  private var sums = [Double](repeating: 0, count: 1 << 11)
  /// The candidates in the bucket of the border.
  private var members: [Int32] = []

  /// Keeps the fewest of the greatest logits that reach the target, the lowest ids among equals; all if they do not.
  /// - Parameter candidates: ids that grow, and still do afterwards.
  mutating func keep(_ target: Target, of candidates: inout [Int32], logits: Span<Float>, weights: Span<Float>) {
    let countsTokens: Bool
    var missing: Double
    switch target {
    case .count(let count): (countsTokens, missing) = (true, Double(count))
    case .weight(let weight): (countsTokens, missing) = (false, weight)
    }
    var border: UInt32 = 0
    for (level, digit) in Self.digits.enumerated() {
      sum(level == 0 ? candidates : members, digit, countsTokens, logits, weights)
      guard let bucket = descend(&missing) else { return }
      border |= UInt32(bucket) << digit.shift
      let prefix = border >> digit.shift
      if level == 0 {
        members.removeAll(keepingCapacity: true)
        for id in candidates where Self.key(logits[Int(id)]) >> digit.shift == prefix { members.append(id) }
      } else {
        members.keepInOrder { Self.key(logits[Int($0)]) >> digit.shift == prefix }
      }
    }
    candidates.keepInOrder { id in
      let key = Self.key(logits[Int(id)])
      guard key == border else { return key > border }
      guard missing > 0 else { return false }
      missing -= countsTokens ? 1 : Double(weights[Int(id)])
      return true
    }
  }

  private mutating func sum(
    _ ids: [Int32],
    _ digit: (shift: UInt32, bits: UInt32),
    _ countsTokens: Bool,
    _ logits: Span<Float>,
    _ weights: Span<Float>
  ) {
    // Spans: an array that is written to asks at each element whether it is its only owner.
    var sums = sums.mutableSpan
    let ids = ids.span
    for index in sums.indices { sums[index] = 0 }
    let mask = UInt32(1) << digit.bits - 1
    for index in ids.indices {
      let id = Int(ids[index])
      let bucket = Int(Self.key(logits[id]) >> digit.shift & mask)
      sums[bucket] += countsTokens ? 1 : Double(weights[id])
    }
  }

  /// The bucket that the border is in; `missing` becomes what it has to give.
  private func descend(_ missing: inout Double) -> Int? {
    var rest = missing
    for bucket in sums.indices.reversed() where sums[bucket] > 0 {
      if sums[bucket] >= rest {
        missing = rest
        return bucket
      }
      rest -= sums[bucket]
    }
    return nil
  }

  /// Grows with the logit; equal for 0 and -0.
  private static func key(_ logit: Float) -> UInt32 {
    let bits = (logit + 0).bitPattern
    return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
  }
}

extension [Int32] {
  /// Asks once for each element, in order, and moves nothing but what stays.
  mutating func keepInOrder(where isKept: (Int32) -> Bool) {
    var count = 0
    for index in indices where isKept(self[index]) {
      self[count] = self[index]
      count += 1
    }
    removeSubrange(count...)
  }
}
