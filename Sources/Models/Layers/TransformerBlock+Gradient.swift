internal import Tensors

extension TransformerBlock {
  /// d(loss)/d(output) in `gradient` becomes d(loss)/d(input), [rows, hiddenSize]; parameters get theirs.
  ///
  /// - Parameter workspace: as the pass left it, its rows and angles; the other buffers are room to work in.
  func backward(
    _ kept: BlockActivations,
    gradient: inout AlignedBuffer,
    scratch: AttentionGradientScratch,
    workspace: Workspace,
    kernels: Kernels
  ) {
    backwardFeedForward(kept, gradient: &gradient, workspace: workspace, kernels: kernels)
    backwardAttention(kept, gradient: &gradient, scratch: scratch, workspace: workspace, kernels: kernels)
  }

  private func backwardFeedForward(
    _ kept: BlockActivations,
    gradient: inout AlignedBuffer,
    workspace: Workspace,
    kernels: Kernels
  ) {
    let rows = workspace.rows.count
    feedForwardNorms.normalize(kept.middle, rows: rows, kernels: kernels, into: &workspace.normed)
    feedForwardNorms.backwardUpdate(
      gradient,
      of: kept.feedForwardUpdate,
      rows: rows,
      kernels: kernels,
      into: &workspace.update
    )
    feedForward.backward(workspace.update, kept, workspace: workspace, kernels: kernels)
    feedForwardNorms.backward(workspace.normed, of: kept.middle, rows: rows, kernels: kernels, addingTo: &gradient)
  }

  private func backwardAttention(
    _ kept: BlockActivations,
    gradient: inout AlignedBuffer,
    scratch: AttentionGradientScratch,
    workspace: Workspace,
    kernels: Kernels
  ) {
    let rows = workspace.rows.count
    attentionNorms.normalize(kept.input, rows: rows, kernels: kernels, into: &workspace.normed)
    attentionNorms.backwardUpdate(
      gradient,
      of: kept.attentionUpdate,
      rows: rows,
      kernels: kernels,
      into: &workspace.update
    )
    attention.backward(workspace.update, kept, scratch: scratch, workspace: workspace, kernels: kernels)
    attentionNorms.backward(workspace.normed, of: kept.input, rows: rows, kernels: kernels, addingTo: &gradient)
  }

  /// Whether anything in the block does.
  var learns: Bool {
    let linears = [
      attention.queryKeyValue.weights.trained, attention.output.weights.trained, feedForward.input.weights.trained,
      feedForward.down.weights.trained,
    ]
    return linears.contains { $0?.learns ?? false } || attention.headNormsLearn || attentionNorms.learns
      || feedForwardNorms.learns
  }

  var hasHeadNorms: Bool {
    switch attention.headNorms {
    case .some: true
    case .none: false
    }
  }

  var hasUpdateNorms: Bool {
    switch attentionNorms.update {
    case .some: true
    case .none: false
    }
  }
}
