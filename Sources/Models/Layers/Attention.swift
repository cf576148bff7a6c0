internal import Tensors

/// Causal self-attention with grouped queries, rotary positions and a paged cache.
struct Attention: ~Copyable, Sendable {
  let shape: AttentionShape
  /// Query, key and value as one product, [shape.width, hiddenSize].
  let queryKeyValue: Linear
  /// [hiddenSize, shape.queryWidth].
  let output: Linear

  /// workspace.normed → workspace.update, both [rows, hiddenSize].
  func callAsFunction(layer: Int, cache: KVCache, workspace: Workspace, kernels: Kernels) {
    let count = workspace.rows.count
    queryKeyValue(workspace.normed, rows: count, kernels: kernels, into: &workspace.queryKeyValue)
    kernels.rotateAndStore(
      &workspace.queryKeyValue,
      rows: workspace.rows,
      shape: shape,
      cosines: workspace.cosines,
      sines: workspace.sines,
      layer: layer,
      cache: cache
    )
    kernels.attend(
      workspace.queryKeyValue,
      rows: workspace.rows,
      shape: shape,
      scale: scale,
      layer: layer,
      cache: cache,
      into: &workspace.attended
    )
    output(workspace.attended, rows: count, kernels: kernels, into: &workspace.update)
  }

  private var scale: Float { 1 / Float(shape.headSize).squareRoot() }
}
