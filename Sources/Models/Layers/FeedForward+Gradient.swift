internal import Tensors

extension FeedForward {
  /// workspace.normed, what the layer read, becomes d(loss)/d(that) from dy = d(loss)/d(what it gave), all
  /// [rows, hiddenSize]; parameters get their gradients. kept.expanded is used up.
  func backward(
    _ dy: borrowing AlignedBuffer,
    _ kept: BlockActivations,
    workspace: Workspace,
    kernels: Kernels
  ) {
    let rows = workspace.rows.count
    if down.readsInput { activate(kept.expanded, rows: rows, kernels: kernels, into: &workspace.activated) }
    down.backward(dy, rows: rows, kernels: kernels, inPlaceOf: &workspace.activated)
    if isGated {
      kernels.activateGatedGradient(
        workspace.activated,
        activation,
        rows: rows,
        width: intermediateSize,
        inPlaceOf: &kept.expanded
      )
    } else {
      kernels.activateGradient(
        workspace.activated,
        activation,
        rows: rows,
        width: intermediateSize,
        inPlaceOf: &kept.expanded
      )
    }
    input.backward(kept.expanded, rows: rows, kernels: kernels, inPlaceOf: &workspace.normed)
  }

  var learns: Bool { input.learns || down.learns }
}
