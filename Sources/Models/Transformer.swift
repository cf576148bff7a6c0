internal import Tensors

/// Embedding, blocks, final norm, head: what architectures build and models run.
final class Transformer: Sendable {
  let widths: TransformerWidths
  /// Rows see the rows before them alone; otherwise all of their sequence, which then comes in one piece.
  let isCausal: Bool
  let embedding: Embedding
  private let rotary: RotaryEmbedding?
  private let localRotary: RotaryEmbedding?
  let blocks: [TransformerBlock]
  let norm: Norm?
  /// nil for encoders, and where only hidden states are wanted.
  let head: Head?

  init(
    isCausal: Bool = true,
    feedForward: (intermediateSize: Int, isGated: Bool),
    embedding: consuming Embedding,
    rotary: RotaryEmbedding? = nil,
    localRotary: RotaryEmbedding? = nil,
    blocks: [TransformerBlock],
    norm: consuming Norm? = nil,
    head: consuming Head? = nil
  ) {
    widths = TransformerWidths(
      intermediate: feedForward.intermediateSize,
      expanded: feedForward.intermediateSize * (feedForward.isGated ? 2 : 1),
      rotary: rotary?.width ?? 0,
      localRotary: localRotary?.width ?? 0
    )
    self.isCausal = isCausal
    self.embedding = embedding
    self.rotary = rotary
    self.localRotary = localRotary
    self.blocks = blocks
    self.norm = norm
    self.head = head
  }

  /// Fills workspace.rows and workspace.hidden [rows, hiddenSize] with what the last block gives.
  func run(_ batch: ForwardBatch, cache: KVCache, workspace: Workspace, kernels: Kernels) {
    embed(batch, workspace: workspace, kernels: kernels)
    for (layer, block) in blocks.enumerated() {
      // An encoder's keys and values serve their own layer alone.
      block(layer: isCausal ? layer : 0, cache: cache, workspace: workspace, kernels: kernels)
    }
    workspace.adapters.removeAll()
  }

  /// Fills workspace.rows, the angles, and workspace.hidden [rows, hiddenSize] with what the first block reads.
  func embed(_ batch: ForwardBatch, workspace: Workspace, kernels: Kernels) {
    workspace.rows.removeAll()
    for slice in batch.sequences {
      precondition(isCausal || slice.position == 0, "an encoder's sequence comes in one piece")
      workspace.rows.append(
        rowCount: slice.count,
        position: slice.position,
        blockTable: slice.blockTable,
        seesAhead: !isCausal
      )
    }
    workspace.adapters.assign(batch)
    embedding(batch, head: head, workspace: workspace, kernels: kernels)
    rotary?.fill(batch, into: &workspace.angles)
    localRotary?.fill(batch, into: &workspace.localAngles)
  }

  /// Runs the batch and fills workspace.logits.
  func computeLogits(_ batch: ForwardBatch, cache: KVCache, workspace: Workspace, kernels: Kernels) {
    run(batch, cache: cache, workspace: workspace, kernels: kernels)
    let count = select(batch, workspace: workspace, kernels: kernels)
    computeLogits(rows: count, workspace: workspace, kernels: kernels)
    workspace.logitRowCount = count
  }

  /// workspace.logits of the hidden states in workspace.selected; workspace.normed is what the head reads.
  func computeLogits(rows: Int, workspace: Workspace, kernels: Kernels) {
    switch norm {
    case .some(let norm): norm(workspace.selected, rows: rows, kernels: kernels, into: &workspace.normed)
    case .none: preconditionFailure("a model with a head has a norm before it")
    }
    switch head {
    case .some(let head):
      head(
        workspace.normed,
        rows: rows,
        kernels: kernels,
        prepared: &workspace.prepared,
        into: &workspace.logits
      )
    case .none: preconditionFailure("the model was loaded without its head")
    }
  }

  /// Runs the batch and leaves the hidden states of all rows, after the final norm if there is one, in workspace.hidden.
  func computeHiddenStates(_ batch: ForwardBatch, cache: KVCache, workspace: Workspace, kernels: Kernels) {
    run(batch, cache: cache, workspace: workspace, kernels: kernels)
    switch norm {
    case .some(let norm):
      norm(workspace.hidden, rows: workspace.rows.count, kernels: kernels, into: &workspace.normed)
      swap(&workspace.hidden, &workspace.normed)
    case .none: break
    }
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
