internal import Tensors

/// A normalisation over the last dimension.
enum Norm: ~Copyable, Sendable {
  case rootMeanSquare(RMSNorm)
  case layer(LayerNorm)

  /// x, y [rows, width of the weights]
  func callAsFunction(_ x: borrowing AlignedBuffer, rows: Int, kernels: Kernels, into y: inout AlignedBuffer) {
    switch self {
    case .rootMeanSquare(let norm):
      kernels.rmsNorm(x, weight: norm.weight.values, epsilon: norm.epsilon, rows: rows, into: &y)
    case .layer(let norm):
      kernels.layerNorm(
        x,
        weight: norm.weight.values,
        bias: norm.bias.values,
        epsilon: norm.epsilon,
        rows: rows,
        into: &y
      )
    }
  }
}

/// x / sqrt(mean(x²) + epsilon) · weight (Zhang and Sennrich 2019)
struct RMSNorm: ~Copyable, Sendable {
  let weight: Parameter
  let epsilon: Float
}

/// (x - mean) / sqrt(variance + epsilon) · weight + bias (Ba et al. 2016)
struct LayerNorm: ~Copyable, Sendable {
  let weight: Parameter
  let bias: Parameter
  let epsilon: Float
}
