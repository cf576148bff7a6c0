internal import Tensors

/// Weights [columns, depth]: packed once for inference, or parameters that training changes.
enum LinearWeights: Sendable {
  case packed(PackedLinear)
  case trained(TrainedLinear)

  /// Output features.
  var columns: Int {
    switch self {
    case .packed(let linear): linear.matrix.columns
    case .trained(let linear): linear.columns
    }
  }

  /// nil for packed weights.
  var trained: TrainedLinear? {
    switch self {
    case .packed: nil
    case .trained(let linear): linear
    }
  }

  /// Rows `tokens` into y [tokens.count, depth]: an embedding.
  func lookUp(_ tokens: [Int32], kernels: Kernels, into y: inout AlignedBuffer) {
    switch self {
    case .packed(let table): kernels.lookUp(tokens, in: table.matrix, into: &y)
    case .trained(let table): table.lookUp(tokens, kernels: kernels, into: &y)
    }
  }
}

/// The one owner of a packed matrix.
final class PackedLinear: Sendable {
  let matrix: PackedMatrix

  init(_ matrix: consuming PackedMatrix) { self.matrix = matrix }
}
