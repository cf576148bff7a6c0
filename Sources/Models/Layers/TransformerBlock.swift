internal import Tensors

/// x += attention(norm(x)); x += feedForward(norm(x)) (pre-norm).
final class TransformerBlock: Sendable {
  private let attentionNorm: RMSNorm
  private let attention: Attention
  private let feedForwardNorm: RMSNorm
  private let feedForward: FeedForward

  init(
    attentionNorm: consuming RMSNorm,
    attention: consuming Attention,
    feedForwardNorm: consuming RMSNorm,
    feedForward: consuming FeedForward
  ) {
    self.attentionNorm = attentionNorm
    self.attention = attention
    self.feedForwardNorm = feedForwardNorm
    self.feedForward = feedForward
  }

  /// workspace.hidden [rows, hiddenSize] in place.
  func callAsFunction(layer: Int, cache: KVCache, workspace: Workspace, kernels: Kernels) {
    let rows = workspace.rows.count
    let count = rows * workspace.hiddenSize
    attentionNorm(workspace.hidden, rows: rows, kernels: kernels, into: &workspace.normed)
    attention(layer: layer, cache: cache, workspace: workspace, kernels: kernels)
    kernels.add(workspace.update, count: count, to: &workspace.hidden)
    feedForwardNorm(workspace.hidden, rows: rows, kernels: kernels, into: &workspace.normed)
    feedForward(workspace: workspace, kernels: kernels)
    kernels.add(workspace.update, count: count, to: &workspace.hidden)
  }
}
