internal import CKernels

extension Kernels {
  /// Rows of x of one tile, so that they stay in the second-level cache.
  private static let rowsPerTile = 96

  /// y [rows, w.columns] = x [rows, w.depth] · wᵀ + bias.
  /// - Parameter prepared: room for the rows as the quantised formats read them, `preparedValueCount` each.
  package func multiply(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    by w: borrowing PackedMatrix,
    prepared: inout AlignedBuffer,
    into y: inout AlignedBuffer
  ) {
    x.check(rows: rows, width: w.depth)
    y.check(rows: rows, width: w.columns)
    guard rows > 0 else { return }
    let stride = ck_prepared_byte_count(level.code, w.precision.code, w.depth)
    guard stride > 0 else {
      return unsafe multiply(x.base, stride: w.depth * MemoryLayout<Float>.stride, rows: rows, by: w, into: &y)
    }
    prepared.check(rows: rows, width: stride / MemoryLayout<Float>.stride)
    prepare(x, rows: rows, for: w, stride: stride, into: &prepared)
    unsafe multiply(prepared.base, stride: stride, rows: rows, by: w, into: &y)
  }

  /// Floats that a prepared row of `depth` activations has the size of; 0 where rows are read as they are.
  package func preparedValueCount(_ precision: Precision, depth: Int) -> Int {
    ck_prepared_byte_count(level.code, precision.code, depth) / MemoryLayout<Float>.stride
  }

  private func prepare(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    for w: borrowing PackedMatrix,
    stride: Int,
    into prepared: inout AlignedBuffer
  ) {
    var work = unsafe PrepareWork(
      level: level.code,
      format: w.precision.code,
      x: x.base,
      depth: w.depth,
      prepared: UnsafeMutableRawPointer(prepared.base),
      stride: stride
    )
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 2 * w.depth), context: &work) {
      context,
      first,
      last in
      unsafe context.assumingMemoryBound(to: PrepareWork.self).pointee.run(first..<last)
    }
  }

  private func multiply(
    _ x: UnsafeRawPointer,
    stride: Int,
    rows: Int,
    by w: borrowing PackedMatrix,
    into y: inout AlignedBuffer
  ) {
    let rowTiles = (rows + Self.rowsPerTile - 1) / Self.rowsPerTile
    let rowsPerTile = (rows + rowTiles - 1) / rowTiles
    let panelsPerTile = panelsPerTile(panelCount: w.panelCount, rowTiles: rowTiles, work: rowsPerTile * w.depth)
    let panelTiles = (w.panelCount + panelsPerTile - 1) / panelsPerTile
    var work = unsafe MultiplyWork(
      level: level.code,
      x: x,
      stride: stride,
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

  /// A multiple of 4 panels (what the products sweep together) unless one tile holds all: at least 8 tiles a thread
  /// where the matrix is large enough, so that a thread that lost its core for a while does not hold up the others.
  private func panelsPerTile(panelCount: Int, rowTiles: Int, work: Int) -> Int {
    guard pool.threadCount > 1 else { return panelCount }
    let least = Self.tileWork / 2 / (work * PackedMatrix.panelWidth) + 1
    let most = rowTiles == 1 ? 16 : 8
    let even = panelCount * rowTiles / (8 * pool.threadCount)
    return min(panelCount, (max(least, min(even, most)) + 3) / 4 * 4)
  }
}

@unsafe private struct PrepareWork {
  let level: ck_level
  let format: ck_format
  let x: UnsafePointer<Float>
  let depth: Int
  let prepared: UnsafeMutableRawPointer
  let stride: Int

  func run(_ rows: Range<Int>) {
    for row in rows { unsafe ck_prepare(level, format, x + row * depth, depth, prepared + row * stride) }
  }
}

@unsafe private struct MultiplyWork {
  let level: ck_level
  let x: UnsafeRawPointer
  let stride: Int
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
      unsafe ck_gemm(
        level,
        &w,
        x + row * stride,
        stride,
        min(rowsPerTile, rows - row),
        panel,
        min(panelsPerTile, panelCount - panel),
        y + row * w.columns,
        w.columns
      )
    }
  }
}
