/// Merges one run of symbols: the lowest rank first, the leftmost first among equals.
///
/// Short runs, as words are, by looking through all of it for each merge; long ones with a linked list of symbols and a
/// heap of candidates, O(n log n).
struct MergeRun: Sendable {
  private static let none = UInt32.max
  private static let noMerge = UInt64.max
  private static let shortCount = 96

  /// The symbols before merging, and afterwards those of a short run.
  var symbols: [UInt32] = []
  /// The merge of each symbol with its right neighbour; `noMerge` without one. An older candidate in the heap is
  /// recognised by its other rank.
  private var candidates: [UInt64] = []
  /// The neighbours of each symbol; `none` at the ends. A symbol merged into its left neighbour is out of the list.
  private var nexts: [UInt32] = []
  private var previouses: [UInt32] = []
  /// A binary heap of rank << 32 | position.
  private var heap: [UInt64] = []

  /// Appends the ids of the merged run, and forgets it.
  mutating func flush(_ rules: MergeRules, into ids: inout [Int]) {
    if symbols.count <= Self.shortCount {
      if symbols.count > 1 { mergeShort(rules) }
      for symbol in symbols { ids.append(Int(symbol)) }
    } else {
      mergeLong(rules)
      appendList(to: &ids)
    }
    symbols.removeAll(keepingCapacity: true)
  }

  // MARK: Short runs

  private mutating func mergeShort(_ rules: MergeRules) {
    candidates.removeAll(keepingCapacity: true)
    for position in 1..<symbols.count {
      candidates.append(rules.merge(symbols[position - 1], symbols[position]) ?? Self.noMerge)
    }
    while let position = bestShortCandidate() {
      symbols[position] = UInt32(truncatingIfNeeded: candidates[position])
      symbols.remove(at: position + 1)
      candidates.remove(at: position)
      if position < candidates.count {
        candidates[position] = rules.merge(symbols[position], symbols[position + 1]) ?? Self.noMerge
      }
      if position > 0 {
        candidates[position - 1] = rules.merge(symbols[position - 1], symbols[position]) ?? Self.noMerge
      }
    }
  }

  private func bestShortCandidate() -> Int? {
    var best: Int?
    var bestRank = Self.noMerge >> 32
    for position in candidates.indices where candidates[position] >> 32 < bestRank {
      bestRank = candidates[position] >> 32
      best = position
    }
    return best
  }

  // MARK: Long runs

  private mutating func mergeLong(_ rules: MergeRules) {
    link(rules)
    while let candidate = popHeap() {
      let position = Int(candidate & 0xffff_ffff)
      guard candidates[position] != Self.noMerge, candidates[position] >> 32 == candidate >> 32 else { continue }
      mergeRight(position, rules)
    }
  }

  private mutating func link(_ rules: MergeRules) {
    let count = symbols.count
    precondition(count < Int(Self.none), "a run of symbols fits 32-bit positions")
    nexts.removeAll(keepingCapacity: true)
    previouses.removeAll(keepingCapacity: true)
    for position in 0..<count {
      nexts.append(position + 1 < count ? UInt32(position + 1) : Self.none)
      previouses.append(position > 0 ? UInt32(position - 1) : Self.none)
    }
    candidates.removeAll(keepingCapacity: true)
    candidates.append(contentsOf: repeatElement(Self.noMerge, count: count))
    for position in 0..<count - 1 { updateCandidate(position, rules) }
  }

  private mutating func mergeRight(_ position: Int, _ rules: MergeRules) {
    let right = Int(nexts[position])
    symbols[position] = UInt32(truncatingIfNeeded: candidates[position])
    nexts[position] = nexts[right]
    if nexts[right] != Self.none { previouses[Int(nexts[right])] = UInt32(position) }
    candidates[right] = Self.noMerge
    updateCandidate(position, rules)
    if previouses[position] != Self.none { updateCandidate(Int(previouses[position]), rules) }
  }

  private mutating func updateCandidate(_ position: Int, _ rules: MergeRules) {
    let next = nexts[position]
    guard next != Self.none, let merge = rules.merge(symbols[position], symbols[Int(next)]) else {
      candidates[position] = Self.noMerge
      return
    }
    candidates[position] = merge
    pushHeap(merge & ~0xffff_ffff | UInt64(position))
  }

  private mutating func pushHeap(_ candidate: UInt64) {
    var child = heap.count
    heap.append(candidate)
    while child > 0, heap[(child - 1) / 2] > candidate {
      heap[child] = heap[(child - 1) / 2]
      child = (child - 1) / 2
    }
    heap[child] = candidate
  }

  private mutating func popHeap() -> UInt64? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return top }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < last else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = last
    return top
  }

  private func appendList(to ids: inout [Int]) {
    var position: UInt32 = 0
    while position != Self.none {
      ids.append(Int(symbols[Int(position)]))
      position = nexts[Int(position)]
    }
  }
}
