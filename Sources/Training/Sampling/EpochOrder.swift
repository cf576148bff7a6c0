/// The order in which an epoch takes the rows of the training split: a function of seed and epoch alone, so that a
/// resumed run finds its place without going through the data before it.
package struct EpochOrder: Sendable {
  package let sampling: BatchOptions.Sampling
  package let seed: UInt64
  package let batchSize: Int
  /// Tokens of each row.
  private let lengths: [Int]

  package init(options: TrainingOptions, lengths: [Int]) {
    sampling = options.batches.sampling
    seed = options.batches.seed ?? options.seed
    batchSize = options.batches.trainBatchSize
    self.lengths = lengths
  }

  /// Each row once.
  package func rows(epoch: Int) -> [Int] {
    switch sampling {
    case .sequential: Array(lengths.indices)
    case .random: permutation(epoch: epoch)
    case .groupByLength: grouped(permutation(epoch: epoch))
    }
  }

  /// Fisher and Yates' shuffle.
  private func permutation(epoch: Int) -> [Int] {
    var generator = SplitMix64(seed: SplitMix64.mixed(seed) ^ UInt64(bitPattern: Int64(epoch)))
    var rows = Array(lengths.indices)
    for last in rows.indices.reversed().dropLast() {
      rows.swapAt(last, generator.next(below: last + 1))
    }
    return rows
  }

  /// As transformers' `get_length_grouped_indices`: up to 50 batches together are sorted by length, longest first, and
  /// the longest row of all comes first.
  private func grouped(_ rows: [Int]) -> [Int] {
    let multiple = max(1, min(rows.count / (batchSize * 4), 50))
    let size = multiple * batchSize
    var order: [Int] = []
    order.reserveCapacity(rows.count)
    for start in stride(from: 0, to: rows.count, by: size) {
      let group = rows[start..<min(start + size, rows.count)]
      order += group.enumerated()
        // Ties keep their order, so that the result does not depend on the sort.
        .sorted { (-lengths[$0.element], $0.offset) < (-lengths[$1.element], $1.offset) }
        .map(\.element)
    }
    let heads = stride(from: 0, to: order.count, by: size)
    if let longest = heads.max(by: { (lengths[order[$0]], $1) < (lengths[order[$1]], $0) }) {
      order.swapAt(0, longest)
    }
    return order
  }
}

/// The generator of Steele, Lea & Flood 2014, "Fast Splittable Pseudorandom Number Generators".
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mixed(state)
  }

  /// The standard library may draw another way in another version; an order has to stay as it is.
  mutating func next(below bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

  static func mixed(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}
