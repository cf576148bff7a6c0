/// Which blocks of the key/value cache are free; the lowest is given first.
struct BlockPool: Sendable {
  private var free: [Int32]
  let blockCount: Int

  init(blockCount: Int) {
    self.blockCount = blockCount
    free = (0..<Int32(blockCount)).reversed()
  }

  var freeCount: Int { free.count }
  var usedCount: Int { blockCount - free.count }

  mutating func take() -> Int32? { free.popLast() }

  mutating func give(_ blocks: [Int32]) {
    free.append(contentsOf: blocks.reversed())
    precondition(free.count <= blockCount, "a block was given back twice")
  }
}
