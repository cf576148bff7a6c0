/// Where each row of a forward pass stands: its position and the block table of its sequence.
///
/// Filled once per pass, read by every layer; sized once, so that filling allocates nothing.
@safe package struct BatchRows: ~Copyable {
  /// Rows filled in.
  package private(set) var count = 0
  let maximumRows: Int
  let maximumBlocks: Int
  /// Each row's position, and where its block table starts in `blocks`.
  let positions: UnsafeMutablePointer<Int32>
  let tableStarts: UnsafeMutablePointer<Int32>
  let blocks: UnsafeMutablePointer<Int32>
  private var tableCount = 0
  private var positionSum = 0

  package init(maximumRows: Int, maximumBlocks: Int) {
    precondition(maximumRows > 0 && maximumBlocks > 0, "a batch has room for a row and a block")
    self.maximumRows = maximumRows
    self.maximumBlocks = maximumBlocks
    unsafe positions = .allocate(capacity: maximumRows)
    unsafe tableStarts = .allocate(capacity: maximumRows)
    unsafe blocks = .allocate(capacity: maximumBlocks)
  }

  deinit {
    unsafe positions.deallocate()
    unsafe tableStarts.deallocate()
    unsafe blocks.deallocate()
  }

  package mutating func removeAll() {
    count = 0
    tableCount = 0
    positionSum = 0
  }

  /// `rowCount` rows at consecutive positions from `position` of the sequence whose blocks are `blockTable`.
  package mutating func append(rowCount: Int, position: Int, blockTable: [Int32]) {
    precondition(position >= 0 && rowCount >= 0, "positions start at 0")
    let needed = (position + rowCount + KVCache.blockSize - 1) / KVCache.blockSize
    precondition(blockTable.count >= needed, "\(blockTable.count) blocks do not cover \(position + rowCount) positions")
    precondition(count + rowCount <= maximumRows, "more rows than the workspace was made for")
    precondition(tableCount + needed <= maximumBlocks, "more blocks than the workspace was made for")
    for index in 0..<needed { unsafe blocks[tableCount + index] = blockTable[index] }
    for index in 0..<rowCount {
      unsafe positions[count + index] = Int32(position + index)
      unsafe tableStarts[count + index] = Int32(tableCount)
    }
    count += rowCount
    tableCount += needed
    positionSum += rowCount * position + rowCount * (rowCount - 1) / 2
  }

  package func position(of row: Int) -> Int {
    precondition(row >= 0 && row < count, "row \(row) is outside \(count)")
    return unsafe Int(positions[row])
  }

  /// For estimating the work of attention.
  var meanPosition: Int { count == 0 ? 0 : positionSum / count + 1 }

  /// Traps when a table names a block that the cache does not have.
  func checkBlocks(below blockCount: Int) {
    for index in 0..<tableCount {
      let block = unsafe blocks[index]
      precondition(block >= 0 && block < blockCount, "block \(block) is outside the cache")
    }
  }
}

/// The memory is reached only through the one owner.
extension BatchRows: @unchecked Sendable {}
