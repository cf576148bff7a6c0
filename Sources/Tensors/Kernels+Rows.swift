internal import CKernels

extension Kernels {
  /// y += x over `count` values.
  package func add(_ x: borrowing AlignedBuffer, count: Int, to y: inout AlignedBuffer) {
    x.check(rows: 1, width: count)
    y.check(rows: 1, width: count)
    unsafe ck_add_f32(level.code, x.base, count, y.base)
  }

  /// x ·= factor over `count` values.
  package func scale(_ x: inout AlignedBuffer, by factor: Float, count: Int) {
    x.check(rows: 1, width: count)
    for index in 0..<count { unsafe x.base[index] *= factor }
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
