internal import Tensors

/// down(activation(gate(x)) · up(x)) (Shazeer 2020), or down(activation(up(x))) without a gate.
struct FeedForward: ~Copyable, Sendable {
  let intermediateSize: Int
  let activation: Activation
  let isGated: Bool
  /// Gate and up as one product, [2 · intermediateSize, hiddenSize]; up alone, [intermediateSize, hiddenSize].
  let input: Linear
  /// [hiddenSize, intermediateSize].
  let down: Linear

  /// x → workspace.update, both [rows, hiddenSize].
  func callAsFunction(_ x: borrowing AlignedBuffer, workspace: Workspace, kernels: Kernels) {
    expand(x, workspace: workspace, kernels: kernels)
    let rows = workspace.rows.count
    activate(workspace.expanded, rows: rows, kernels: kernels, into: &workspace.activated)
    down(
      workspace.activated,
      rows: rows,
      adapters: workspace.adapters,
      kernels: kernels,
      prepared: &workspace.prepared,
      into: &workspace.update
    )
  }

  /// x [rows, hiddenSize] → workspace.expanded, what is activated.
  func expand(_ x: borrowing AlignedBuffer, workspace: Workspace, kernels: Kernels) {
    input(
      x,
      rows: workspace.rows.count,
      adapters: workspace.adapters,
      kernels: kernels,
      prepared: &workspace.prepared,
      into: &workspace.expanded
    )
  }

  /// activation(gate) · up, or activation(up) → y [rows, intermediateSize]
  func activate(_ x: borrowing AlignedBuffer, rows: Int, kernels: Kernels, into y: inout AlignedBuffer) {
    if isGated {
      kernels.activateGated(x, activation, rows: rows, width: intermediateSize, into: &y)
    } else {
      kernels.activate(x, activation, rows: rows, width: intermediateSize, into: &y)
    }
  }
}
