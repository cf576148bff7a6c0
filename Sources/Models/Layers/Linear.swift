internal import Tensors

/// y = x · wᵀ + bias; x [rows, depth], y [rows, columns].
struct Linear: ~Copyable, Sendable {
  let weights: PackedMatrix

  func callAsFunction(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    kernels: Kernels,
    into y: inout AlignedBuffer
  ) {
    kernels.multiply(x, rows: rows, by: weights, into: &y)
  }
}
