internal import CKernels

extension Kernels {
  /// y += x over `count` values.
  package func add(_ x: borrowing AlignedBuffer, count: Int, to y: inout AlignedBuffer) {
    x.check(rows: 1, width: count)
    y.check(rows: 1, width: count)
    var work = unsafe RowWork(level: level.code, x: x.base, factor: 1, y: y.base)
    unsafe run(&work, count: count) { context, first, last in
      let work = unsafe context.assumingMemoryBound(to: RowWork.self).pointee
      unsafe ck_add_f32(work.level, work.x + first, last - first, work.y + first)
    }
  }

  /// x ·= factor over `count` values.
  package func scale(_ x: inout AlignedBuffer, by factor: Float, count: Int) {
    x.check(rows: 1, width: count)
    var work = unsafe RowWork(level: level.code, x: x.base, factor: factor, y: x.base)
    unsafe run(&work, count: count) { context, first, last in
      let work = unsafe context.assumingMemoryBound(to: RowWork.self).pointee
      for index in first..<last { unsafe work.y[index] *= work.factor }
    }
  }

  /// y = x over `count` values.
  package func copy(_ x: borrowing AlignedBuffer, count: Int, to y: inout AlignedBuffer) {
    x.check(rows: 1, width: count)
    y.check(rows: 1, width: count)
    var work = unsafe RowWork(level: level.code, x: x.base, factor: 1, y: y.base)
    unsafe run(&work, count: count) { context, first, last in
      let work = unsafe context.assumingMemoryBound(to: RowWork.self).pointee
      unsafe (work.y + first).update(from: work.x + first, count: last - first)
    }
  }

  /// x = 0 over `count` values.
  package func zero(_ x: inout AlignedBuffer, count: Int) {
    x.check(rows: 1, width: count)
    var work = unsafe RowWork(level: level.code, x: x.base, factor: 0, y: x.base)
    unsafe run(&work, count: count) { context, first, last in
      let work = unsafe context.assumingMemoryBound(to: RowWork.self).pointee
      unsafe (work.y + first).update(repeating: 0, count: last - first)
    }
  }

  private func run(_ work: inout RowWork, count: Int, _ body: @escaping TileFunction) {
    unsafe pool.run(count: count, grain: grain(count: count, workPerItem: 1), context: &work, body)
  }

  /// Copies row `row` of x [_, width] to row `target` of y [_, width].
  package func copyRow(
    _ row: Int,
    of x: borrowing AlignedBuffer,
    width: Int,
    toRow target: Int,
    of y: inout AlignedBuffer
  ) {
    precondition(row >= 0 && target >= 0, "rows count from 0")
    x.check(rows: row + 1, width: width)
    y.check(rows: target + 1, width: width)
    unsafe (y.base + target * width).update(from: x.base + row * width, count: width)
  }

  /// Adds row `row` of x [_, width] to row `target` of y [_, width].
  package func addRow(
    _ row: Int,
    of x: borrowing AlignedBuffer,
    width: Int,
    toRow target: Int,
    of y: inout AlignedBuffer
  ) {
    precondition(row >= 0 && target >= 0, "rows count from 0")
    x.check(rows: row + 1, width: width)
    y.check(rows: target + 1, width: width)
    unsafe ck_add_f32(level.code, x.base + row * width, width, y.base + target * width)
  }
}

@unsafe private struct RowWork {
  let level: ck_level
  let x: UnsafePointer<Float>
  let factor: Float
  let y: UnsafeMutablePointer<Float>
}
