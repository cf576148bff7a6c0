internal import CKernels

extension Kernels {
  /// Backward of `activate`: what it was applied to, x, becomes dx = dy · activation'(x), all [rows, width].
  package func activateGradient(
    _ dy: borrowing AlignedBuffer,
    _ activation: Activation,
    rows: Int,
    width: Int,
    inPlaceOf x: inout AlignedBuffer
  ) {
    dy.check(rows: rows, width: width)
    x.check(rows: rows, width: width)
    var work = unsafe ActivationGradientWork(
      level: level.code,
      activation: activation.code,
      dy: dy.base,
      x: x.base,
      width: width
    )
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 20 * width), context: &work) {
      context,
      first,
      last in
      let work = unsafe context.assumingMemoryBound(to: ActivationGradientWork.self).pointee
      let offset = unsafe first * work.width, count = unsafe (last - first) * work.width
      unsafe ck_activation_gradient_f32(
        work.level,
        work.activation,
        work.dy + offset,
        work.x + offset,
        count,
        work.x + offset
      )
    }
  }

  /// Backward of `activateGated`: from dy [rows, width], x [rows, 2 · width] becomes dx, gate and up side by side.
  package func activateGatedGradient(
    _ dy: borrowing AlignedBuffer,
    _ activation: Activation,
    rows: Int,
    width: Int,
    inPlaceOf x: inout AlignedBuffer
  ) {
    dy.check(rows: rows, width: width)
    x.check(rows: rows, width: 2 * width)
    var work = unsafe ActivationGradientWork(
      level: level.code,
      activation: activation.code,
      dy: dy.base,
      x: x.base,
      width: width
    )
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 24 * width), context: &work) {
      context,
      first,
      last in
      let work = unsafe context.assumingMemoryBound(to: ActivationGradientWork.self).pointee
      for row in first..<last {
        let gate = unsafe work.x + 2 * row * work.width
        unsafe ck_activation_gradient_gated_f32(
          work.level,
          work.activation,
          work.dy + row * work.width,
          gate,
          gate + work.width,
          work.width,
          gate,
          gate + work.width
        )
      }
    }
  }

  /// Backward of `softCap`, in place: dy [rows, width] becomes dy · (1 - (capped / cap)²).
  /// - Parameter capped: what `softCap` left.
  package func softCapGradient(
    _ dy: inout AlignedBuffer,
    capped: borrowing AlignedBuffer,
    at cap: Float,
    rows: Int,
    width: Int
  ) {
    precondition(cap > 0, "values cannot be capped at \(cap)")
    dy.check(rows: rows, width: width)
    capped.check(rows: rows, width: width)
    var work = unsafe CapGradientWork(level: level.code, dy: dy.base, capped: capped.base, cap: cap)
    let count = rows * width
    unsafe pool.run(count: count, grain: grain(count: count, workPerItem: 4), context: &work) { context, first, last in
      let work = unsafe context.assumingMemoryBound(to: CapGradientWork.self).pointee
      unsafe ck_soft_cap_gradient_f32(work.level, work.dy + first, work.capped + first, last - first, work.cap)
    }
  }
}

@unsafe private struct ActivationGradientWork {
  let level: ck_level
  let activation: ck_activation
  let dy: UnsafePointer<Float>
  let x: UnsafeMutablePointer<Float>
  let width: Int
}

@unsafe private struct CapGradientWork {
  let level: ck_level
  let dy: UnsafeMutablePointer<Float>
  let capped: UnsafePointer<Float>
  let cap: Float
}
