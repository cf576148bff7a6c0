package import JSON

/// Which rows are kept back to evaluate on. Each row is judged by a seeded hash of its content, so equal rows are on one
/// side, the order of rows does not matter, and the choice is the same on every machine.
package struct EvaluationSplit: Sendable, Hashable {
  package enum Size: Sendable, Hashable {
    /// The share of rows, by chance: of few rows it may be off. Adding rows moves none to the other side.
    case fraction(Double)
    /// As many rows as this, or a few more where equal rows are at the border.
    case count(Int)
  }

  package let size: Size
  package let seed: UInt64

  package init(_ size: Size, seed: UInt64) throws(DatasetError) {
    switch size {
    case .fraction(let fraction):
      guard fraction > 0, fraction < 1 else {
        throw .invalidOption(name: "the evaluation split", problem: "is \(fraction); give a share between 0 and 1")
      }
    case .count(let count):
      guard count > 0 else {
        throw .invalidOption(name: "the evaluation split", problem: "is \(count) rows; give at least 1")
      }
    }
    self.size = size
    self.seed = seed
  }

  /// For each row, whether it is evaluated on. Both sides have at least one row.
  package func isEvaluation(hashes: [UInt64]) throws(DatasetError) -> [Bool] {
    let sorted = hashes.sorted()
    guard let smallest = sorted.first, let largest = sorted.last, smallest != largest else {
      throw .invalidOption(
        name: "the evaluation split",
        problem: "needs two different rows, but the dataset has \(hashes.isEmpty ? "none" : "one"); add rows"
      )
    }
    let border: UInt64
    switch size {
    case .fraction(let fraction): border = UInt64((fraction * 0x1p64).rounded(.down))
    case .count(let count):
      guard count < hashes.count else {
        throw .invalidOption(
          name: "the evaluation split",
          problem: "takes \(count) of \(hashes.count) rows and leaves none to train on; take fewer"
        )
      }
      border = sorted[count - 1]
    }
    let bounded = max(border, smallest)
    return hashes.map { $0 <= bounded && $0 != largest }
  }

  /// FNV-1a over the canonical JSON of the row, mixed with the seed (SplitMix64's finaliser).
  package func hash(of row: JSONObject) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in JSONValue.object(row).canonicalText.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash ^= seed &* 0x9e37_79b9_7f4a_7c15
    hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
    return hash ^ hash >> 31
  }

  package func isEvaluation(_ rows: [JSONObject]) throws(DatasetError) -> [Bool] {
    try isEvaluation(hashes: rows.map(hash))
  }
}
