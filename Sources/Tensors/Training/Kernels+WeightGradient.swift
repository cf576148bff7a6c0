internal import CKernels

extension Kernels {
  /// dw [columns, depth] += dyᵀ · x, where x is the rows from `firstRow` on of [_, depth] and dy [rows, columns].
  ///
  /// Columns of dy become rows in the scratch, as many at a time as it holds.
  package func linearWeightGradient(
    _ dy: borrowing AlignedBuffer,
    _ x: borrowing AlignedBuffer,
    firstRow: Int = 0,
    rows: Int,
    columns: Int,
    depth: Int,
    precision: Precision,
    scratch: ProductScratch,
    into dw: inout AlignedBuffer
  ) {
    precondition(firstRow >= 0, "rows count from 0")
    dy.check(rows: rows, width: columns)
    x.check(rows: firstRow + rows, width: depth)
    dw.check(rows: columns, width: depth)
    guard rows > 0 else { return }
    let format = format(precision)
    let rowBytes = ProductScratch.rowStride(rows) * (format == CK_FORMAT_F32 ? 4 : 2)
    let width = columnsAtATime(columns, room: scratch.rows.count * MemoryLayout<Float>.stride / rowBytes)
    scratch.use {
      for first in stride(from: 0, to: columns, by: width) {
        let count = min(width, columns - first)
        var turning = unsafe TurningWork(
          level: level.code,
          format: format,
          x: dy.base + first,
          stride: columns,
          columns: count,
          depth: rows,
          y: UnsafeMutableRawPointer(scratch.rows.base),
          rowByteCount: rowBytes
        )
        let grain = grain(count: count, workPerItem: rows)
        unsafe pool.run(count: count, grain: (grain + 63) / 64 * 64, context: &turning) { context, first, last in
          unsafe context.assumingMemoryBound(to: TurningWork.self).pointee.run(first..<last)
        }
        var work = unsafe ProductWork(
          level: level.code,
          format: format,
          rows: count,
          columns: depth,
          depth: rows,
          left: UnsafeRawPointer(scratch.rows.base),
          leftStride: rowBytes,
          right: x.base + firstRow * depth,
          rightStride: depth,
          layout: .featureColumns,
          bias: nil,
          y: dw.base + first * depth,
          adds: true,
          rowsPerTile: rowsPerProductTile(rows: count, columns: depth),
          panels: scratch.panels.base,
          scratch: .passUnretained(scratch)
        )
        unsafe run(&work, scratch: scratch)
      }
    }
  }

  /// Nearly equal parts of all columns, in whole cache lines.
  private func columnsAtATime(_ columns: Int, room: Int) -> Int {
    precondition(room >= 16, "the scratch was made for fewer rows")
    let most = room / 16 * 16, parts = (columns + most - 1) / most
    return (columns + parts - 1) / max(parts, 1) + 15 & ~15
  }

  /// db [columns] += the sums of the columns of dy [rows, columns], in the order of rows.
  package func linearBiasGradient(
    _ dy: borrowing AlignedBuffer,
    rows: Int,
    columns: Int,
    into db: inout AlignedBuffer
  ) {
    dy.check(rows: rows, width: columns)
    db.check(rows: 1, width: columns)
    var work = unsafe BiasWork(level: level.code, dy: dy.base, rows: rows, columns: columns, db: db.base)
    let grain = columnGrain(columns, workPerColumn: rows)
    unsafe pool.run(count: columns, grain: grain, context: &work) { context, first, last in
      let work = unsafe context.assumingMemoryBound(to: BiasWork.self).pointee
      unsafe ck_column_sums_f32(work.level, work.dy + first, work.columns, work.rows, last - first, work.db + first)
    }
  }

  /// Columns of a tile where work is cut by columns: whole cache lines.
  func columnGrain(_ columns: Int, workPerColumn: Int) -> Int {
    (grain(count: columns, workPerItem: workPerColumn) + 31) / 32 * 32
  }
}

@unsafe private struct TurningWork {
  let level: ck_level
  let format: ck_format
  let x: UnsafePointer<Float>
  let stride: Int
  let columns: Int
  let depth: Int
  let y: UnsafeMutableRawPointer
  let rowByteCount: Int

  func run(_ columns: Range<Int>) {
    let first = columns.lowerBound
    unsafe ck_prepare_columns(
      level,
      format,
      x + first,
      stride,
      columns.count,
      depth,
      y + first * rowByteCount,
      rowByteCount
    )
  }
}

@unsafe private struct BiasWork {
  let level: ck_level
  let dy: UnsafePointer<Float>
  let rows: Int
  let columns: Int
  let db: UnsafeMutablePointer<Float>
}
