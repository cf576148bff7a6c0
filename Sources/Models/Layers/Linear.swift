internal import Tensors

/// y = x · wᵀ + bias, plus what the adapters of the rows add; x [rows, depth], y [rows, columns].
struct Linear: ~Copyable, Sendable {
  let weights: LinearWeights
  /// Its number among the layers that adapters change by the row (`AdaptableLinears`); nil for a head and in training.
  let number: Int?

  init(weights: LinearWeights, number: Int? = nil) {
    self.weights = weights
    self.number = number
  }

  /// - Parameter prepared: scratch room, see `Kernels.multiply`.
  func callAsFunction(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    adapters: AdapterRows? = nil,
    kernels: Kernels,
    prepared: inout AlignedBuffer,
    into y: inout AlignedBuffer
  ) {
    switch weights {
    case .packed(let linear): kernels.multiply(x, rows: rows, by: linear.matrix, prepared: &prepared, into: &y)
    case .trained(let linear): linear(x, rows: rows, kernels: kernels, into: &y)
    }
    if let number, let adapters { adapters.add(linear: number, x, kernels: kernels, to: &y) }
  }
}
