internal import Tensors

/// Self-attention with grouped queries and a paged cache. Which positions a row sees, the workspace's rows say.
struct Attention: ~Copyable, Sendable {
  /// How queries and keys learn of their positions.
  enum Rotation: Sendable {
    /// Not here: the embedding told them.
    case none
    /// By the model's angles.
    case global
    /// By the second angles, of layers that see a window.
    case local
  }

  let shape: AttentionShape
  let scoring: AttentionScoring
  let rotation: Rotation
  /// Query, key and value as one product, [shape.width, hiddenSize].
  let queryKeyValue: Linear
  let headNorms: HeadNorms?
  /// [hiddenSize, shape.queryWidth].
  let output: Linear

  /// x → workspace.update, both [rows, hiddenSize]; `layer` is the cache's.
  /// - Parameter kept: takes the queries and keys that head norms replace.
  func callAsFunction(
    _ x: borrowing AlignedBuffer,
    layer: Int,
    cache: KVCache,
    workspace: Workspace,
    kernels: Kernels,
    keeping kept: BlockActivations? = nil
  ) {
    let rows = workspace.rows.count
    queryKeyValue(
      x,
      rows: rows,
      adapters: workspace.adapters,
      kernels: kernels,
      prepared: &workspace.prepared,
      into: &workspace.queryKeyValue
    )
    switch headNorms {
    case .some(let norms):
      kept?.keepProjected(workspace.queryKeyValue, count: rows * shape.width, kernels: kernels)
      norms(&workspace.queryKeyValue, rows: rows, shape: shape, kernels: kernels)
    case .none: break
    }
    store(layer: layer, cache: cache, workspace: workspace, kernels: kernels)
    kernels.attend(
      workspace.queryKeyValue,
      rows: workspace.rows,
      shape: shape,
      scoring: scoring,
      layer: layer,
      cache: cache,
      into: &workspace.attended
    )
    output(
      workspace.attended,
      rows: rows,
      adapters: workspace.adapters,
      kernels: kernels,
      prepared: &workspace.prepared,
      into: &workspace.update
    )
  }

  private func store(layer: Int, cache: KVCache, workspace: Workspace, kernels: Kernels) {
    switch rotation {
    case .none:
      kernels.store(workspace.queryKeyValue, rows: workspace.rows, shape: shape, layer: layer, cache: cache)
    case .global:
      kernels.rotateAndStore(
        &workspace.queryKeyValue,
        rows: workspace.rows,
        shape: shape,
        angles: workspace.angles,
        layer: layer,
        cache: cache
      )
    case .local:
      kernels.rotateAndStore(
        &workspace.queryKeyValue,
        rows: workspace.rows,
        shape: shape,
        angles: workspace.localAngles,
        layer: layer,
        cache: cache
      )
    }
  }
}
