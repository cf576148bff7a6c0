internal import Tensors

extension Transformer {
  /// Runs the batch, keeping what gradients need, and leaves in workspace.hidden what the last block gives.
  /// - Parameter noise: is added to what the first block reads.
  func forward(
    _ batch: ForwardBatch,
    noise: EmbeddingNoise?,
    training: TrainingWorkspace,
    kernels: Kernels
  ) {
    let workspace = training.workspace
    embed(batch, workspace: workspace, kernels: kernels)
    noise?.add(to: &workspace.hidden, batch, width: workspace.hiddenSize)
    let count = batch.tokens.count * workspace.hiddenSize
    for (layer, block) in blocks.enumerated() {
      if training.recomputes { kernels.copy(workspace.hidden, count: count, to: &training.inputs[layer].values) }
      let kept = training.kept(layer: layer)
      block(layer: 0, cache: training.cache, workspace: workspace, kernels: kernels, keeping: kept)
    }
  }

  /// From d(loss)/d(what the last block gave) in training.gradient to the gradients of all parameters.
  func backward(_ batch: ForwardBatch, training: TrainingWorkspace, kernels: Kernels) {
    let count = batch.tokens.count * training.workspace.hiddenSize
    let first = embeddingLearns ? 0 : blocks.firstIndex(where: \.learns) ?? blocks.count
    for layer in (first..<blocks.count).reversed() {
      let kept = training.kept(layer: layer)
      // What the last block kept is still there.
      if training.recomputes, layer < blocks.count - 1 {
        kernels.copy(training.inputs[layer].values, count: count, to: &training.workspace.hidden)
        blocks[layer].recompute(kept, cache: training.cache, workspace: training.workspace, kernels: kernels)
      }
      blocks[layer].backward(
        kept,
        gradient: &training.gradient,
        scratch: training.attention,
        workspace: training.workspace,
        kernels: kernels,
        passesOn: layer > first || embeddingLearns
      )
    }
    guard embeddingLearns else { return }
    embedding.backward(batch, head: head, gradient: &training.gradient, kernels: kernels)
  }

  /// Logits are squeezed between bounds.
  var capsLogits: Bool {
    switch head {
    case .some(let head): head.softCap != nil
    case .none: false
    }
  }

  private var embeddingLearns: Bool { embedding.learns(head: head) }
}
