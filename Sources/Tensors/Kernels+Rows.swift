internal import CKernels

extension Kernels {
  /// y [rows, width] = x / sqrt(mean(x²) + epsilon) · weight, row by row; weight [width].
  package func rmsNorm(
    _ x: borrowing AlignedBuffer,
    weight: borrowing AlignedBuffer,
    epsilon: Float,
    rows: Int,
    into y: inout AlignedBuffer
  ) {
    let width = weight.count
    x.check(rows: rows, width: width)
    y.check(rows: rows, width: width)
    precondition(width > 0, "a row has at least one value")
    var work = unsafe NormWork(
      level: level.code,
      x: x.base,
      weight: weight.base,
      epsilon: epsilon,
      width: width,
      y: y.base
    )
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 2 * width), context: &work) {
      context,
      first,
      last in
      let work = unsafe context.assumingMemoryBound(to: NormWork.self).pointee
      for row in first..<last {
        let offset = unsafe row * work.width
        unsafe ck_rms_norm_f32(
          work.level,
          work.x + offset,
          work.weight,
          work.epsilon,
          work.width,
          work.y + offset
        )
      }
    }
  }

  /// y [rows, width] = silu(gate) · up, where x [rows, 2 · width] holds gate and up side by side.
  package func swiGLU(_ x: borrowing AlignedBuffer, rows: Int, width: Int, into y: inout AlignedBuffer) {
    x.check(rows: rows, width: 2 * width)
    y.check(rows: rows, width: width)
    var work = unsafe SwiGLUWork(level: level.code, x: x.base, width: width, y: y.base)
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 16 * width), context: &work) {
      context,
      first,
      last in
      let work = unsafe context.assumingMemoryBound(to: SwiGLUWork.self).pointee
      for row in first..<last {
        let gate = unsafe work.x + 2 * row * work.width
        unsafe ck_swiglu_f32(work.level, gate, gate + work.width, work.width, work.y + row * work.width)
      }
    }
  }

  /// y += x over `count` values.
  package func add(_ x: borrowing AlignedBuffer, count: Int, to y: inout AlignedBuffer) {
    x.check(rows: 1, width: count)
    y.check(rows: 1, width: count)
    unsafe ck_add_f32(level.code, x.base, count, y.base)
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
}

@unsafe private struct NormWork {
  let level: ck_level
  let x: UnsafePointer<Float>
  let weight: UnsafePointer<Float>
  let epsilon: Float
  let width: Int
  let y: UnsafeMutablePointer<Float>
}

@unsafe private struct SwiGLUWork {
  let level: ck_level
  let x: UnsafePointer<Float>
  let width: Int
  let y: UnsafeMutablePointer<Float>
}
