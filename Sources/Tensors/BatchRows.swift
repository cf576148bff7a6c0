/// Where each row of a forward pass stands: its position, the positions it sees and the block table of its sequence.
///
/// Filled once per pass, read by every layer; sized once, so that filling allocates nothing.
@safe package struct BatchRows: ~Copyable {
  /// Rows filled in.
  package private(set) var count = 0
  /// Runs of rows that were appended together.
  private(set) var sliceCount = 0
  let maximumRows: Int
  let maximumBlocks: Int
  let slots: RowSlots
  private var tableCount = 0
  private var endSum = 0

  package init(maximumRows: Int, maximumBlocks: Int) {
    precondition(maximumRows > 0 && maximumBlocks > 0, "a batch has room for a row and a block")
    self.maximumRows = maximumRows
    self.maximumBlocks = maximumBlocks
    unsafe slots = RowSlots(
      positions: .allocate(capacity: maximumRows),
      ends: .allocate(capacity: maximumRows),
      tableStarts: .allocate(capacity: maximumRows),
      sliceEnds: .allocate(capacity: maximumRows),
      blocks: .allocate(capacity: maximumBlocks)
    )
  }

  deinit { unsafe slots.deallocate() }

  package mutating func removeAll() {
    count = 0
    sliceCount = 0
    tableCount = 0
    endSum = 0
  }

  /// `rowCount` rows at consecutive positions from `position` of the sequence whose blocks are `blockTable`.
  ///
  /// A row sees the positions up to its own, or, if `seesAhead`, all that are there with these rows.
  package mutating func append(rowCount: Int, position: Int, blockTable: [Int32], seesAhead: Bool = false) {
    precondition(position >= 0 && rowCount >= 0, "positions start at 0")
    let end = position + rowCount
    let needed = (end + KVCache.blockSize - 1) / KVCache.blockSize
    precondition(blockTable.count >= needed, "\(blockTable.count) blocks do not cover \(end) positions")
    precondition(count + rowCount <= maximumRows, "more rows than the workspace was made for")
    precondition(tableCount + needed <= maximumBlocks, "more blocks than the workspace was made for")
    for index in 0..<needed { unsafe slots.blocks[tableCount + index] = blockTable[index] }
    for index in 0..<rowCount {
      let rowEnd = seesAhead ? end : position + index + 1
      unsafe slots.positions[count + index] = Int32(position + index)
      unsafe slots.ends[count + index] = Int32(rowEnd)
      unsafe slots.tableStarts[count + index] = Int32(tableCount)
      endSum += rowEnd
    }
    count += rowCount
    tableCount += needed
    guard rowCount > 0 else { return }
    unsafe slots.sliceEnds[sliceCount] = Int32(count)
    sliceCount += 1
  }

  package func position(of row: Int) -> Int {
    precondition(row >= 0 && row < count, "row \(row) is outside \(count)")
    return unsafe Int(slots.positions[row])
  }

  /// For estimating the work of attention.
  var meanEnd: Int { count == 0 ? 0 : endSum / count }

  /// Traps unless each slice is a whole sequence of at most `maximumRows` rows.
  func checkSlicesAreSequences(maximumRows: Int) {
    for index in 0..<sliceCount {
      let slice = unsafe slots.slice(index)
      precondition(position(of: slice.lowerBound) == 0, "a gradient needs sequences from their first position on")
      precondition(slice.count <= maximumRows, "a sequence of \(slice.count) rows is more than \(maximumRows)")
    }
  }

  /// Traps when a table names a block that the cache does not have.
  func checkBlocks(below blockCount: Int) {
    for index in 0..<tableCount {
      let block = unsafe slots.blocks[index]
      precondition(block >= 0 && block < blockCount, "block \(block) is outside the cache")
    }
  }
}

/// The memory is reached only through the one owner.
extension BatchRows: @unchecked Sendable {}

/// What the kernels read of a batch's rows; `BatchRows` owns the memory.
@unsafe struct RowSlots {
  /// Each row's position, the first position that it does not see, and where its block table starts in `blocks`.
  let positions: UnsafeMutablePointer<Int32>
  let ends: UnsafeMutablePointer<Int32>
  let tableStarts: UnsafeMutablePointer<Int32>
  /// The row after each run of rows that were appended together.
  let sliceEnds: UnsafeMutablePointer<Int32>
  let blocks: UnsafeMutablePointer<Int32>

  func table(of row: Int) -> UnsafePointer<Int32> { unsafe UnsafePointer(blocks + Int(tableStarts[row])) }

  func slice(_ index: Int) -> Range<Int> {
    unsafe (index == 0 ? 0 : Int(sliceEnds[index - 1]))..<Int(sliceEnds[index])
  }

  func deallocate() {
    unsafe positions.deallocate()
    unsafe ends.deallocate()
    unsafe tableStarts.deallocate()
    unsafe sliceEnds.deallocate()
    unsafe blocks.deallocate()
  }
}
