internal import CKernels

extension Kernels {
  /// y [rows, columns] = or += x · wᵀ + bias, where x is the rows from `firstRow` on of [_, depth].
  /// - Parameter weight: w [columns, depth].
  /// - Parameter precision: f32; or bf16, which rounds x and w where the processor multiplies bf16 itself.
  package func linear(
    _ x: borrowing AlignedBuffer,
    firstRow: Int = 0,
    rows: Int,
    weight: borrowing AlignedBuffer,
    columns: Int,
    depth: Int,
    bias: borrowing AlignedBuffer,
    precision: Precision,
    scratch: ProductScratch,
    into y: inout AlignedBuffer,
    adding: Bool = false
  ) {
    bias.check(rows: 1, width: columns)
    unsafe linear(
      x,
      firstRow: firstRow,
      rows: rows,
      weight: weight,
      columns: columns,
      depth: depth,
      bias: UnsafePointer(bias.base),
      precision: precision,
      scratch: scratch,
      into: &y,
      adding: adding
    )
  }

  /// As above, without bias.
  package func linear(
    _ x: borrowing AlignedBuffer,
    firstRow: Int = 0,
    rows: Int,
    weight: borrowing AlignedBuffer,
    columns: Int,
    depth: Int,
    precision: Precision,
    scratch: ProductScratch,
    into y: inout AlignedBuffer,
    adding: Bool = false
  ) {
    unsafe linear(
      x,
      firstRow: firstRow,
      rows: rows,
      weight: weight,
      columns: columns,
      depth: depth,
      bias: nil,
      precision: precision,
      scratch: scratch,
      into: &y,
      adding: adding
    )
  }

  private func linear(
    _ x: borrowing AlignedBuffer,
    firstRow: Int,
    rows: Int,
    weight: borrowing AlignedBuffer,
    columns: Int,
    depth: Int,
    bias: UnsafePointer<Float>?,
    precision: Precision,
    scratch: ProductScratch,
    into y: inout AlignedBuffer,
    adding: Bool
  ) {
    precondition(firstRow >= 0, "rows count from 0")
    x.check(rows: firstRow + rows, width: depth)
    weight.check(rows: columns, width: depth)
    y.check(rows: rows, width: columns)
    unsafe multiply(
      x.base + firstRow * depth,
      rows: rows,
      depth: depth,
      right: weight.base,
      rightStride: depth,
      layout: .featureRows,
      columns: columns,
      bias: bias,
      format: format(precision),
      scratch: scratch,
      into: y.base,
      adding: adding
    )
  }

  /// The rows from `firstRow` on of dx [_, depth] = or += dy [rows, columns] · w.
  package func linearInputGradient(
    _ dy: borrowing AlignedBuffer,
    rows: Int,
    weight: borrowing AlignedBuffer,
    columns: Int,
    depth: Int,
    precision: Precision,
    scratch: ProductScratch,
    into dx: inout AlignedBuffer,
    firstRow: Int = 0,
    adding: Bool = false
  ) {
    precondition(firstRow >= 0, "rows count from 0")
    dy.check(rows: rows, width: columns)
    weight.check(rows: columns, width: depth)
    dx.check(rows: firstRow + rows, width: depth)
    unsafe multiply(
      dy.base,
      rows: rows,
      depth: columns,
      right: weight.base,
      rightStride: depth,
      layout: .featureColumns,
      columns: depth,
      bias: nil,
      format: format(precision),
      scratch: scratch,
      into: dx.base + firstRow * depth,
      adding: adding
    )
  }

  /// Rows as they are, or as bf16 products read them: as many depths at a time as the scratch holds.
  private func multiply(
    _ left: UnsafePointer<Float>,
    rows: Int,
    depth: Int,
    right: UnsafePointer<Float>,
    rightStride: Int,
    layout: ProductWork.Layout,
    columns: Int,
    bias: UnsafePointer<Float>?,
    format: ck_format,
    scratch: ProductScratch,
    into y: UnsafeMutablePointer<Float>,
    adding: Bool
  ) {
    var work = unsafe ProductWork(
      level: level.code,
      format: format,
      rows: rows,
      columns: columns,
      depth: depth,
      left: UnsafeRawPointer(left),
      leftStride: depth * MemoryLayout<Float>.stride,
      right: right,
      rightStride: rightStride,
      layout: layout,
      bias: bias,
      y: y,
      adds: adding,
      rowsPerTile: rowsPerProductTile(rows: rows, columns: columns),
      panels: scratch.panels.base,
      scratch: .passUnretained(scratch)
    )
    scratch.use {
      if format == CK_FORMAT_F32 {
        unsafe run(&work, scratch: scratch)
      } else {
        unsafe runRounded(&work, left: left, depth: depth, scratch: scratch)
      }
    }
  }

  private func runRounded(
    _ work: inout ProductWork,
    left: UnsafePointer<Float>,
    depth: Int,
    scratch: ProductScratch
  ) {
    let rows = unsafe work.rows
    guard rows > 0 else { return }
    let room = scratch.roundedDepth(depth, rows: rows)
    let right = unsafe work.right
    var start = 0
    repeat {
      let part = min(room, depth - start)
      let stride = ProductScratch.roundedRowByteCount(part)
      var rounding = unsafe RoundingWork(
        level: work.level,
        x: left + start,
        stride: depth,
        depth: part,
        y: UnsafeMutableRawPointer(scratch.rows.base),
        rowByteCount: stride
      )
      let grain = grain(count: rows, workPerItem: part)
      unsafe pool.run(count: rows, grain: grain, context: &rounding) { context, first, last in
        unsafe context.assumingMemoryBound(to: RoundingWork.self).pointee.run(first..<last)
      }
      unsafe work.left = UnsafeRawPointer(scratch.rows.base)
      unsafe work.leftStride = stride
      unsafe work.depth = part
      unsafe work.right = unsafe work.layout == .featureRows ? right + start : right + start * work.rightStride
      unsafe run(&work, scratch: scratch)
      unsafe work.adds = true
      unsafe work.bias = nil
      start += room
    } while start < depth
  }
}

@unsafe private struct RoundingWork {
  let level: ck_level
  let x: UnsafePointer<Float>
  let stride: Int
  let depth: Int
  let y: UnsafeMutableRawPointer
  let rowByteCount: Int

  func run(_ rows: Range<Int>) {
    for row in rows { unsafe ck_prepare(level, CK_FORMAT_BF16, x + row * stride, depth, y + row * rowByteCount) }
  }
}
