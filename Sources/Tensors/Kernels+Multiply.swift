internal import CKernels

extension Kernels {
  /// Rows of x of one tile, so that they stay in the second-level cache.
  private static let rowsPerTile = 96

  /// y [rows, w.columns] = x [rows, w.depth] · wᵀ + bias.
  package func multiply(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    by w: borrowing PackedMatrix,
    into y: inout AlignedBuffer
  ) {
    x.check(rows: rows, width: w.depth)
    y.check(rows: rows, width: w.columns)
    guard rows > 0 else { return }
    let rowTiles = (rows + Self.rowsPerTile - 1) / Self.rowsPerTile
    let rowsPerTile = (rows + rowTiles - 1) / rowTiles
    let panelsPerTile = panelsPerTile(panelCount: w.panelCount, rowTiles: rowTiles, work: rowsPerTile * w.depth)
    let panelTiles = (w.panelCount + panelsPerTile - 1) / panelsPerTile
    var work = unsafe MultiplyWork(
      level: level.code,
      x: x.base,
      y: y.base,
      w: w.descriptor,
      rows: rows,
      rowTiles: rowTiles,
      rowsPerTile: rowsPerTile,
      panelCount: w.panelCount,
      panelsPerTile: panelsPerTile
    )
    unsafe pool.run(count: panelTiles * rowTiles, grain: 1, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: MultiplyWork.self).pointee.run(first..<last)
    }
  }

  /// A multiple of 8 panels (what the widest register tile takes) unless one tile holds all.
  private func panelsPerTile(panelCount: Int, rowTiles: Int, work: Int) -> Int {
    guard pool.threadCount > 1 else { return panelCount }
    let least = Self.tileWork / (work * PackedMatrix.panelWidth) + 1
    let even = panelCount * rowTiles / (4 * pool.threadCount)
    return min(panelCount, (max(least, min(even, 32)) + 7) / 8 * 8)
  }
}

@unsafe private struct MultiplyWork {
  let level: ck_level
  let x: UnsafePointer<Float>
  let y: UnsafeMutablePointer<Float>
  var w: ck_matrix
  let rows: Int
  let rowTiles: Int
  let rowsPerTile: Int
  let panelCount: Int
  let panelsPerTile: Int

  /// Tiles that share panels follow each other.
  mutating func run(_ tiles: Range<Int>) {
    for tile in tiles {
      let panel = unsafe tile / rowTiles * panelsPerTile
      let row = unsafe tile % rowTiles * rowsPerTile
      unsafe ck_gemm_f32(
        level,
        x + row * w.depth,
        w.depth,
        min(rowsPerTile, rows - row),
        &w,
        panel,
        min(panelsPerTile, panelCount - panel),
        y + row * w.columns,
        w.columns
      )
    }
  }
}
