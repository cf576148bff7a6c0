internal import Tensors

/// down(silu(gate(x)) · up(x)) (Shazeer 2020).
struct FeedForward: ~Copyable, Sendable {
  let intermediateSize: Int
  /// Gate and up as one product, [2 · intermediateSize, hiddenSize].
  let gateUp: Linear
  /// [hiddenSize, intermediateSize].
  let down: Linear

  /// workspace.normed → workspace.update, both [rows, hiddenSize].
  func callAsFunction(workspace: Workspace, kernels: Kernels) {
    let count = workspace.rows.count
    gateUp(workspace.normed, rows: count, kernels: kernels, into: &workspace.gateUp)
    kernels.swiGLU(workspace.gateUp, rows: count, width: intermediateSize, into: &workspace.activated)
    down(workspace.activated, rows: count, kernels: kernels, into: &workspace.update)
  }
}
