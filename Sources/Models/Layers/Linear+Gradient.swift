internal import Tensors

extension Linear {
  /// Adds the gradients of the weights; x [rows, depth] becomes d(loss)/dx.
  /// - Parameter dy: d(loss)/dy [rows, columns]
  func backward(_ dy: borrowing AlignedBuffer, rows: Int, kernels: Kernels, inPlaceOf x: inout AlignedBuffer) {
    switch weights {
    case .packed: preconditionFailure("packed weights have no gradient")
    case .trained(let linear): linear.backward(dy, rows: rows, kernels: kernels, inPlaceOf: &x)
    }
  }
}
