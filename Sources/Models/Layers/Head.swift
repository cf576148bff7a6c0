internal import Tensors

/// Logits from normed hidden states: a product, capped softly where the model says so.
struct Head: ~Copyable, Sendable {
  /// [vocabularySize, hiddenSize]
  let linear: Linear
  let softCap: Float?

  /// x [rows, hiddenSize], y [rows, vocabularySize]
  func callAsFunction(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    kernels: Kernels,
    prepared: inout AlignedBuffer,
    into y: inout AlignedBuffer
  ) {
    linear(x, rows: rows, kernels: kernels, prepared: &prepared, into: &y)
    if let softCap { kernels.softCap(&y, at: softCap, rows: rows, width: linear.weights.columns) }
  }
}
