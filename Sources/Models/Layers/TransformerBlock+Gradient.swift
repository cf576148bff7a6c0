internal import Tensors

extension TransformerBlock {
  /// Fills `kept` again from what the block read, in workspace.hidden, which ends as anything: what the block gives is
  /// computed only where a norm follows its last product.
  func recompute(_ kept: BlockActivations, cache: KVCache, workspace: Workspace, kernels: Kernels) {
    if hasUpdateNorms {
      return self(layer: 0, cache: cache, workspace: workspace, kernels: kernels, keeping: kept)
    }
    attend(layer: 0, cache: cache, workspace: workspace, kernels: kernels, keeping: kept)
    let rows = workspace.rows.count
    feedForwardNorms.normalize(workspace.hidden, rows: rows, kernels: kernels, into: &workspace.normed)
    feedForward.expand(workspace.normed, workspace: workspace, kernels: kernels)
    kept.keepFeedForward(workspace, kernels: kernels)
  }

  /// d(loss)/d(output) in `gradient` becomes d(loss)/d(input), [rows, hiddenSize]; parameters get theirs.
  ///
  /// - Parameters:
  ///   - workspace: as the pass left it, its rows and angles; the other buffers are room to work in.
  ///   - passesOn: false: nothing before the block learns, and `gradient` may end as anything.
  func backward(
    _ kept: BlockActivations,
    gradient: inout AlignedBuffer,
    scratch: AttentionGradientScratch,
    workspace: Workspace,
    kernels: Kernels,
    passesOn: Bool
  ) {
    backwardFeedForward(kept, gradient: &gradient, workspace: workspace, kernels: kernels)
    guard passesOn || attention.learns || attentionNorms.learns else { return }
    backwardAttention(
      kept,
      gradient: &gradient,
      scratch: scratch,
      workspace: workspace,
      kernels: kernels,
      passesOn: passesOn || attentionNorms.learns
    )
  }

  private func backwardFeedForward(
    _ kept: BlockActivations,
    gradient: inout AlignedBuffer,
    workspace: Workspace,
    kernels: Kernels
  ) {
    let rows = workspace.rows.count
    if feedForward.input.readsInput {
      feedForwardNorms.normalize(kept.middle, rows: rows, kernels: kernels, into: &workspace.normed)
    }
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
    kernels: Kernels,
    passesOn: Bool
  ) {
    let rows = workspace.rows.count
    if attention.queryKeyValue.readsInput {
      attentionNorms.normalize(kept.input, rows: rows, kernels: kernels, into: &workspace.normed)
    }
    attentionNorms.backwardUpdate(
      gradient,
      of: kept.attentionUpdate,
      rows: rows,
      kernels: kernels,
      into: &workspace.update
    )
    attention.backward(
      workspace.update,
      kept,
      scratch: scratch,
      workspace: workspace,
      kernels: kernels,
      passesOn: passesOn
    )
    guard passesOn else { return }
    attentionNorms.backward(workspace.normed, of: kept.input, rows: rows, kernels: kernels, addingTo: &gradient)
  }

  /// Whether anything in the block does.
  var learns: Bool { attention.learns || attentionNorms.learns || feedForward.learns || feedForwardNorms.learns }

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
