internal import Tensors

/// A decoder: embedding, blocks, final norm, head. What architectures build and `CausalLanguageModel` runs.
final class Transformer: Sendable {
  let intermediateSize: Int
  private let embedding: Embedding
  private let rotary: RotaryEmbedding
  private let blocks: [TransformerBlock]
  private let norm: RMSNorm
  private let head: Linear

  init(
    intermediateSize: Int,
    embedding: consuming Embedding,
    rotary: RotaryEmbedding,
    blocks: [TransformerBlock],
    norm: consuming RMSNorm,
    head: consuming Linear
  ) {
    self.intermediateSize = intermediateSize
    self.embedding = embedding
    self.rotary = rotary
    self.blocks = blocks
    self.norm = norm
    self.head = head
  }

  /// Fills workspace.logits; workspace.rows is filled.
  func forward(_ batch: ForwardBatch, cache: KVCache, workspace: Workspace, kernels: Kernels) {
    embedding(
      batch.tokens,
      hiddenSize: workspace.hiddenSize,
      head: head,
      kernels: kernels,
      into: &workspace.hidden
    )
    rotary.fill(workspace.rows, cosines: &workspace.cosines, sines: &workspace.sines)
    for (layer, block) in blocks.enumerated() {
      block(layer: layer, cache: cache, workspace: workspace, kernels: kernels)
    }
    let count = select(batch, workspace: workspace, kernels: kernels)
    norm(workspace.selected, rows: count, kernels: kernels, into: &workspace.normed)
    head(workspace.normed, rows: count, kernels: kernels, into: &workspace.logits)
    workspace.logitRowCount = count
  }

  /// Copies the rows that get logits to workspace.selected; returns how many.
  private func select(_ batch: ForwardBatch, workspace: Workspace, kernels: Kernels) -> Int {
    var target = 0
    for slice in batch.sequences {
      let end = slice.start + slice.count
      for row in end - slice.logitRowCount..<end {
        kernels.copyRow(
          row,
          of: workspace.hidden,
          width: workspace.hiddenSize,
          toRow: target,
          of: &workspace.selected
        )
        target += 1
      }
    }
    return target
  }
}
