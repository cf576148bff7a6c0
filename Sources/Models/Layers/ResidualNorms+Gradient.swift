internal import Tensors

/// Of blocks that normalise before their layers, as all decoders here do.
extension ResidualNorms {
  /// y = before(x), both [rows, width]
  func normalize(_ x: borrowing AlignedBuffer, rows: Int, kernels: Kernels, into y: inout AlignedBuffer) {
    switch before {
    case .some(let norm): norm(x, rows: rows, kernels: kernels, into: &y)
    case .none: preconditionFailure("a block in training normalises before its layers")
    }
  }

  /// dx = d(loss)/d(what the layer gave) from dy = d(loss)/d(what was added to the stream).
  /// - Parameter x: what the layer gave; unused without a norm.
  func backwardUpdate(
    _ dy: borrowing AlignedBuffer,
    of x: borrowing AlignedBuffer,
    rows: Int,
    kernels: Kernels,
    into dx: inout AlignedBuffer
  ) {
    switch update {
    case .some(let norm): norm.backward(dy, of: x, rows: rows, kernels: kernels, into: &dx, adding: false)
    case .none: kernels.copy(dy, count: rows * width, to: &dx)
    }
  }

  /// dx += d(loss)/dx through `before`, from dy = d(loss)/d(before(x)).
  func backward(
    _ dy: borrowing AlignedBuffer,
    of x: borrowing AlignedBuffer,
    rows: Int,
    kernels: Kernels,
    addingTo dx: inout AlignedBuffer
  ) {
    switch before {
    case .some(let norm): norm.backward(dy, of: x, rows: rows, kernels: kernels, into: &dx, adding: true)
    case .none: preconditionFailure("a block in training normalises before its layers")
    }
  }

  var learns: Bool { Self.learns(before) || Self.learns(update) }

  private static func learns(_ norm: borrowing Norm?) -> Bool {
    switch norm {
    case .some(let norm): norm.learns
    case .none: false
    }
  }

  private var width: Int {
    switch before {
    case .some(let norm): norm.width
    case .none: preconditionFailure("a block in training normalises before its layers")
    }
  }
}
