/// Merges one run of symbols: a linked list of symbols and a heap of candidate merges, O(n log n).
struct MergeRun {
  private static let none = UInt32.max

  private let merges: Merges
  private var symbols: [UInt32] = []
  /// The neighbours of each symbol; `none` at the ends. A symbol merged into its left neighbour is out of the list.
  private var nexts: [UInt32] = []
  private var previouses: [UInt32] = []
  /// The rank of the merge of a symbol with its right neighbour; `none` without one. An older candidate in the heap
  /// is recognised by its other rank.
  private var ranks: [UInt32] = []
  /// A binary heap of rank << 32 | position: the lowest rank first, then the leftmost.
  private var heap: [UInt64] = []

  init(_ merges: Merges) { self.merges = merges }

  /// Adds a symbol; first flushes the run when no merge can reach across the border.
  mutating func append(_ symbol: UInt32, flushingInto ids: inout [Int]) {
    if let last = symbols.last, !merges.canJoin(last, symbol) { flush(into: &ids) }
    symbols.append(symbol)
  }

  mutating func flush(into ids: inout [Int]) {
    if symbols.count > 1 { merge() }
    if symbols.count == 1 { ids.append(Int(symbols[0])) } else { appendList(to: &ids) }
    symbols.removeAll(keepingCapacity: true)
  }

  private mutating func appendList(to ids: inout [Int]) {
    var position = symbols.isEmpty ? Self.none : 0
    while position != Self.none {
      ids.append(Int(symbols[Int(position)]))
      position = nexts[Int(position)]
    }
  }

  private mutating func merge() {
    link()
    while let candidate = popHeap() {
      let position = Int(candidate & 0xffff_ffff)
      guard ranks[position] == UInt32(candidate >> 32) else { continue }
      mergeRight(position, rank: ranks[position])
    }
  }

  private mutating func link() {
    let count = symbols.count
    precondition(count < Int(Self.none), "a run of symbols fits 32-bit positions")
    nexts.removeAll(keepingCapacity: true)
    previouses.removeAll(keepingCapacity: true)
    ranks.removeAll(keepingCapacity: true)
    for position in 0..<count {
      nexts.append(position + 1 < count ? UInt32(position + 1) : Self.none)
      previouses.append(position > 0 ? UInt32(position - 1) : Self.none)
      ranks.append(Self.none)
    }
    for position in 0..<count - 1 { updateCandidate(position) }
  }

  private mutating func mergeRight(_ position: Int, rank: UInt32) {
    let right = Int(nexts[position])
    symbols[position] = merges.mergedID(ofRank: rank)
    nexts[position] = nexts[right]
    if nexts[right] != Self.none { previouses[Int(nexts[right])] = UInt32(position) }
    ranks[right] = Self.none
    updateCandidate(position)
    if previouses[position] != Self.none { updateCandidate(Int(previouses[position])) }
  }

  private mutating func updateCandidate(_ position: Int) {
    let next = nexts[position]
    guard next != Self.none, let rank = merges.rank(symbols[position], symbols[Int(next)]) else {
      ranks[position] = Self.none
      return
    }
    ranks[position] = rank
    pushHeap(UInt64(rank) << 32 | UInt64(position))
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
}
