internal import Tensors

/// Attention and feed-forward, each added to the residual stream with norms around it.
final class TransformerBlock: Sendable {
  let attention: Attention
  let attentionNorms: ResidualNorms
  let feedForward: FeedForward
  let feedForwardNorms: ResidualNorms

  init(
    attention: consuming Attention,
    attentionNorms: consuming ResidualNorms,
    feedForward: consuming FeedForward,
    feedForwardNorms: consuming ResidualNorms
  ) {
    self.attention = attention
    self.attentionNorms = attentionNorms
    self.feedForward = feedForward
    self.feedForwardNorms = feedForwardNorms
  }

  /// workspace.hidden [rows, hiddenSize] in place; `layer` is the cache's.
  /// - Parameter kept: takes what the gradient needs.
  func callAsFunction(
    layer: Int,
    cache: KVCache,
    workspace: Workspace,
    kernels: Kernels,
    keeping kept: BlockActivations? = nil
  ) {
    attend(layer: layer, cache: cache, workspace: workspace, kernels: kernels, keeping: kept)
    switch feedForwardNorms.before {
    case .some(let norm):
      norm(workspace.hidden, rows: workspace.rows.count, kernels: kernels, into: &workspace.normed)
      feedForward(workspace.normed, workspace: workspace, kernels: kernels)
    case .none: feedForward(workspace.hidden, workspace: workspace, kernels: kernels)
    }
    kept?.keepFeedForward(workspace, kernels: kernels)
    add(feedForwardNorms, workspace: workspace, kernels: kernels)
  }

  /// Attention and what it adds to workspace.hidden.
  func attend(
    layer: Int,
    cache: KVCache,
    workspace: Workspace,
    kernels: Kernels,
    keeping kept: BlockActivations?
  ) {
    let rows = workspace.rows.count
    kept?.keepInput(workspace, kernels: kernels)
    switch attentionNorms.before {
    case .some(let norm):
      norm(workspace.hidden, rows: rows, kernels: kernels, into: &workspace.normed)
      attention(workspace.normed, layer: layer, cache: cache, workspace: workspace, kernels: kernels, keeping: kept)
    case .none:
      attention(workspace.hidden, layer: layer, cache: cache, workspace: workspace, kernels: kernels, keeping: kept)
    }
    kept?.keepAttention(workspace, kernels: kernels)
    add(attentionNorms, workspace: workspace, kernels: kernels)
    kept?.keepMiddle(workspace, kernels: kernels)
  }

  /// hidden = after(hidden + update(workspace.update))
  private func add(_ norms: borrowing ResidualNorms, workspace: Workspace, kernels: Kernels) {
    let rows = workspace.rows.count
    let count = rows * workspace.hiddenSize
    switch norms.update {
    case .some(let norm):
      norm(workspace.update, rows: rows, kernels: kernels, into: &workspace.normed)
      kernels.add(workspace.normed, count: count, to: &workspace.hidden)
    case .none: kernels.add(workspace.update, count: count, to: &workspace.hidden)
    }
    switch norms.after {
    case .some(let norm):
      norm(workspace.hidden, rows: rows, kernels: kernels, into: &workspace.normed)
      swap(&workspace.hidden, &workspace.normed)
    case .none: break
    }
  }
}
