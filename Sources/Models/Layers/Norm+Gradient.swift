internal import Tensors

extension Norm {
  var width: Int {
    switch self {
    case .rootMeanSquare(let norm): norm.weight.count
    case .layer(let norm): norm.weight.count
    }
  }

  /// dx (+)= d(loss)/dx from dy = d(loss)/dy, all [rows, width]; the weights get their gradients.
  func backward(
    _ dy: borrowing AlignedBuffer,
    of x: borrowing AlignedBuffer,
    rows: Int,
    kernels: Kernels,
    into dx: inout AlignedBuffer,
    adding: Bool
  ) {
    switch self {
    case .rootMeanSquare(let norm):
      kernels.rmsNormGradient(
        dy,
        x,
        weight: norm.weight.values,
        epsilon: norm.epsilon,
        rows: rows,
        into: &dx,
        adding: adding,
        weightGradient: &norm.weight.gradient
      )
    case .layer(let norm):
      kernels.layerNormGradient(
        dy,
        x,
        weight: norm.weight.values,
        epsilon: norm.epsilon,
        rows: rows,
        into: &dx,
        adding: adding,
        weightGradient: &norm.weight.gradient,
        biasGradient: &norm.bias.gradient
      )
    }
  }

  var learns: Bool {
    switch self {
    case .rootMeanSquare(let norm): norm.weight.isTrainable
    case .layer(let norm): norm.weight.isTrainable || norm.bias.isTrainable
    }
  }
}
