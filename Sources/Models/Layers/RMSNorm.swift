internal import Tensors

/// y = x / sqrt(mean(x²) + epsilon) · weight over the last dimension (Zhang and Sennrich 2019).
struct RMSNorm: ~Copyable, Sendable {
  let weight: AlignedBuffer
  let epsilon: Float

  func callAsFunction(_ x: borrowing AlignedBuffer, rows: Int, kernels: Kernels, into y: inout AlignedBuffer) {
    kernels.rmsNorm(x, weight: weight, epsilon: epsilon, rows: rows, into: &y)
  }
}
