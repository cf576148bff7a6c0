internal import CKernels

/// The element-wise functions inside feed-forward layers.
package enum Activation: Sendable, Hashable, CaseIterable {
  /// x / (1 + exp(-x))
  case silu
  /// x / 2 · (1 + tanh(√(2 / π) (x + 0.044715 x³)))
  case geluTanh
  /// x / 2 · (1 + erf(x / √2))
  case geluErf
  /// max(x, 0)
  case relu

  var code: ck_activation {
    switch self {
    case .silu: CK_SILU
    case .geluTanh: CK_GELU_TANH
    case .geluErf: CK_GELU_ERF
    case .relu: CK_RELU
    }
  }
}

extension Kernels {
  /// y [rows, width] = activation(gate) · up, where x [rows, 2 · width] holds gate and up side by side.
  package func activateGated(
    _ x: borrowing AlignedBuffer,
    _ activation: Activation,
    rows: Int,
    width: Int,
    into y: inout AlignedBuffer
  ) {
    x.check(rows: rows, width: 2 * width)
    y.check(rows: rows, width: width)
    var work = unsafe GatedWork(level: level.code, activation: activation.code, x: x.base, width: width, y: y.base)
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 16 * width), context: &work) {
      context,
      first,
      last in
      let work = unsafe context.assumingMemoryBound(to: GatedWork.self).pointee
      for row in first..<last {
        let gate = unsafe work.x + 2 * row * work.width
        let y = unsafe work.y + row * work.width
        unsafe ck_activate_gated_f32(work.level, work.activation, gate, gate + work.width, work.width, y)
      }
    }
  }

  /// y = activation(x), both [rows, width].
  package func activate(
    _ x: borrowing AlignedBuffer,
    _ activation: Activation,
    rows: Int,
    width: Int,
    into y: inout AlignedBuffer
  ) {
    x.check(rows: rows, width: width)
    y.check(rows: rows, width: width)
    var work = unsafe GatedWork(level: level.code, activation: activation.code, x: x.base, width: width, y: y.base)
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 16 * width), context: &work) {
      context,
      first,
      last in
      let work = unsafe context.assumingMemoryBound(to: GatedWork.self).pointee
      let offset = unsafe first * work.width, count = unsafe (last - first) * work.width
      unsafe ck_activate_f32(work.level, work.activation, work.x + offset, count, work.y + offset)
    }
  }

  /// x = cap · tanh(x / cap) over [rows, width].
  package func softCap(_ x: inout AlignedBuffer, at cap: Float, rows: Int, width: Int) {
    precondition(cap > 0, "values cannot be capped at \(cap)")
    x.check(rows: rows, width: width)
    var work = unsafe CapWork(level: level.code, cap: cap, x: x.base)
    let count = rows * width
    unsafe pool.run(count: count, grain: grain(count: count, workPerItem: 16), context: &work) { context, first, last in
      let work = unsafe context.assumingMemoryBound(to: CapWork.self).pointee
      unsafe ck_soft_cap_f32(work.level, work.x + first, last - first, work.cap)
    }
  }
}

@unsafe private struct GatedWork {
  let level: ck_level
  let activation: ck_activation
  let x: UnsafePointer<Float>
  let width: Int
  let y: UnsafeMutablePointer<Float>
}

@unsafe private struct CapWork {
  let level: ck_level
  let cap: Float
  let x: UnsafeMutablePointer<Float>
}
