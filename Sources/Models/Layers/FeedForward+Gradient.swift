internal import Tensors

extension FeedForward {
  /// workspace.normed, what the layer read, becomes d(loss)/d(that) from dy = d(loss)/d(what it gave), all
  /// [rows, hiddenSize]; parameters get their gradients.
  func backward(
    _ dy: borrowing AlignedBuffer,
    _ kept: BlockActivations,
    workspace: Workspace,
    kernels: Kernels
  ) {
    let rows = workspace.rows.count
    activate(kept.expanded, rows: rows, kernels: kernels, into: &workspace.activated)
    down.backward(dy, rows: rows, kernels: kernels, inPlaceOf: &workspace.activated)
    if isGated {
      kernels.activateGatedGradient(
        workspace.activated,
        expanded: kept.expanded,
        activation,
        rows: rows,
        width: intermediateSize,
        into: &workspace.expanded
      )
    } else {
      kernels.activateGradient(
        workspace.activated,
        expanded: kept.expanded,
        activation,
        rows: rows,
        width: intermediateSize,
        into: &workspace.expanded
      )
    }
    input.backward(workspace.expanded, rows: rows, kernels: kernels, inPlaceOf: &workspace.normed)
  }
}
