internal import CKernels

extension Kernels {
  /// Backward of `activate`: dx = dy · activation'(x), all [rows, width].
  /// - Parameter expanded: x, what the activation was applied to.
  package func activateGradient(
    _ dy: borrowing AlignedBuffer,
    expanded x: borrowing AlignedBuffer,
    _ activation: Activation,
    rows: Int,
    width: Int,
    into dx: inout AlignedBuffer
  ) {
    dy.check(rows: rows, width: width)
    x.check(rows: rows, width: width)
    dx.check(rows: rows, width: width)
    var work = unsafe ActivationGradientWork(
      level: level.code,
      activation: activation.code,
      dy: dy.base,
      x: x.base,
      width: width,
      dx: dx.base
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
        work.dx + offset
      )
    }
  }

  /// Backward of `activateGated`: from dy [rows, width] to dx [rows, 2 · width], gate and up side by side as in x.
  /// - Parameter expanded: x [rows, 2 · width].
  package func activateGatedGradient(
    _ dy: borrowing AlignedBuffer,
    expanded x: borrowing AlignedBuffer,
    _ activation: Activation,
    rows: Int,
    width: Int,
    into dx: inout AlignedBuffer
  ) {
    dy.check(rows: rows, width: width)
    x.check(rows: rows, width: 2 * width)
    dx.check(rows: rows, width: 2 * width)
    var work = unsafe ActivationGradientWork(
      level: level.code,
      activation: activation.code,
      dy: dy.base,
      x: x.base,
      width: width,
      dx: dx.base
    )
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 24 * width), context: &work) {
      context,
      first,
      last in
      let work = unsafe context.assumingMemoryBound(to: ActivationGradientWork.self).pointee
      for row in first..<last {
        let gate = unsafe work.x + 2 * row * work.width
        let dgate = unsafe work.dx + 2 * row * work.width
        unsafe ck_activation_gradient_gated_f32(
          work.level,
          work.activation,
          work.dy + row * work.width,
          gate,
          gate + work.width,
          work.width,
          dgate,
          dgate + work.width
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
  let x: UnsafePointer<Float>
  let width: Int
  let dx: UnsafeMutablePointer<Float>
}

@unsafe private struct CapGradientWork {
  let level: ck_level
  let dy: UnsafeMutablePointer<Float>
  let capped: UnsafePointer<Float>
  let cap: Float
}
