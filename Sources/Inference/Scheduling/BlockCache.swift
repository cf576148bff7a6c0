/// The blocks of the key/value cache: who holds them, and what those that nobody holds still contain.
///
/// A full block can be filed under what stands before it and its own tokens (`BlockCache+Prefixes`). A filed block that
/// nobody holds stays until blocks are needed; the one that was let go first is evicted first. Who holds a filed block
/// holds all blocks before it and lets go of the last one first: so none is evicted before those that follow it.
package struct BlockCache: Sendable {
  struct Block: Sendable {
    /// Sequences that hold it.
    var holderCount = 0
    /// Where it is filed.
    var place: Place?
    /// Its neighbours among the idle blocks, while it is one.
    var previousIdle: Int32?
    var nextIdle: Int32?
  }

  package let blockCount: Int
  /// Positions in a block.
  package let blockSize: Int
  var blocks: [Block]
  /// What the filed blocks contain, `[blockCount, blockSize]`.
  var tokens: [Int32]
  var places: [Place: Int32] = [:]
  /// Blocks without contents.
  private var vacant: [Int32]
  /// Filed blocks that nobody holds form a list, in the order in which they were let go.
  private var firstIdle: Int32?
  private var lastIdle: Int32?
  private var idleCount = 0
  package private(set) var evictedCount: UInt64 = 0

  package init(blockCount: Int, blockSize: Int) {
    precondition(blockCount > 0 && blockCount <= Int32.max && blockSize > 0, "a cache has blocks with positions")
    self.blockCount = blockCount
    self.blockSize = blockSize
    blocks = Array(repeating: Block(), count: blockCount)
    tokens = Array(repeating: 0, count: blockCount * blockSize)
    vacant = (0..<Int32(blockCount)).reversed()
    places.reserveCapacity(blockCount)
  }

  /// Blocks that `take` can give.
  package var freeCount: Int { vacant.count + idleCount }
  /// Blocks that are held.
  package var heldCount: Int { blockCount - freeCount }

  package func isIdle(_ block: Int32) -> Bool { blocks[Int(block)].holderCount == 0 && blocks[Int(block)].place != nil }

  /// A block for its first holder: one without contents, or the idle one that was let go first.
  /// - Returns: the block, and where it was filed until now; nil when all are held.
  package mutating func take() -> (block: Int32, evicted: Predecessor?)? {
    if let block = vacant.popLast() {
      blocks[Int(block)].holderCount = 1
      return (block, nil)
    }
    guard let block = firstIdle else { return nil }
    unlink(block)
    blocks[Int(block)].holderCount = 1
    evictedCount += 1
    return (block, unfile(block))
  }

  /// One holder more.
  package mutating func hold(_ block: Int32) {
    if isIdle(block) { unlink(block) }
    precondition(
      blocks[Int(block)].holderCount > 0 || blocks[Int(block)].place != nil,
      "a block without contents is taken"
    )
    blocks[Int(block)].holderCount += 1
  }

  /// One holder less.
  package mutating func release(_ block: Int32) {
    precondition(blocks[Int(block)].holderCount > 0, "block \(block) was given back twice")
    blocks[Int(block)].holderCount -= 1
    guard blocks[Int(block)].holderCount == 0 else { return }
    if blocks[Int(block)].place == nil { vacant.append(block) } else { link(block) }
  }

  // MARK: - The list of idle blocks

  private mutating func link(_ block: Int32) {
    blocks[Int(block)].previousIdle = lastIdle
    if let lastIdle { blocks[Int(lastIdle)].nextIdle = block } else { firstIdle = block }
    lastIdle = block
    idleCount += 1
  }

  private mutating func unlink(_ block: Int32) {
    let (previous, next) = (blocks[Int(block)].previousIdle, blocks[Int(block)].nextIdle)
    if let previous { blocks[Int(previous)].nextIdle = next } else { firstIdle = next }
    if let next { blocks[Int(next)].previousIdle = previous } else { lastIdle = previous }
    blocks[Int(block)].previousIdle = nil
    blocks[Int(block)].nextIdle = nil
    idleCount -= 1
  }
}
