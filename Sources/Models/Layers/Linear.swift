internal import Tensors

/// y = x · wᵀ + bias; x [rows, depth], y [rows, columns].
struct Linear: ~Copyable, Sendable {
  let weights: PackedMatrix

  /// - Parameter prepared: scratch room, see `Kernels.multiply`.
  func callAsFunction(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    kernels: Kernels,
    prepared: inout AlignedBuffer,
    into y: inout AlignedBuffer
  ) {
    kernels.multiply(x, rows: rows, by: weights, prepared: &prepared, into: &y)
  }
}
