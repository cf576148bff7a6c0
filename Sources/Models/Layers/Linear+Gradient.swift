internal import Tensors

extension Linear {
  /// Adds the gradients of the weights; x [rows, depth] becomes d(loss)/dx.
  /// - Parameters:
  ///   - dy: d(loss)/dy [rows, columns]
  ///   - x: anything unless the layer `readsInput`.
  ///   - passesOn: false: nobody asks for d(loss)/dx.
  func backward(
    _ dy: borrowing AlignedBuffer,
    rows: Int,
    kernels: Kernels,
    inPlaceOf x: inout AlignedBuffer,
    passesOn: Bool = true
  ) {
    switch weights {
    case .packed: preconditionFailure("packed weights have no gradient")
    case .trained(let linear):
      linear.backward(dy, rows: rows, kernels: kernels, inPlaceOf: &x, passesOn: passesOn)
    }
  }

  var learns: Bool { weights.trained?.learns ?? false }

  /// Whether its gradients are made of what it read.
  var readsInput: Bool { weights.trained?.readsInput ?? false }
}
