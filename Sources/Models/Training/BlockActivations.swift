internal import Tensors

/// What a block keeps of its forward pass for its gradient; the rest is computed again.
///
/// Buffers that a pass fills anew are swapped with the workspace's, not copied: both have the same sizes.
final class BlockActivations {
  /// The residual stream before attention, and before the feed-forward layer, [rows, hiddenSize].
  var input: AlignedBuffer
  var middle: AlignedBuffer
  /// Queries and keys after head norms and rotation, and values, [rows, shape.width].
  var queryKeyValue: AlignedBuffer
  /// The same before head norms; none where there are no such norms.
  var projected: AlignedBuffer
  /// [rows, shape.queryWidth]
  var attended: AlignedBuffer
  /// [rows, widths.expanded]; the workspace has none of its own in training.
  var expanded: AlignedBuffer
  /// What the layers gave before a norm, [rows, hiddenSize]; none where no norm follows them.
  var attentionUpdate: AlignedBuffer
  var feedForwardUpdate: AlignedBuffer

  init(_ block: TransformerBlock, _ sizes: ActivationSizes, rows: Int, arena: BufferArena) {
    input = AlignedBuffer(count: rows * sizes.hidden, arena: arena)
    middle = AlignedBuffer(count: rows * sizes.hidden, arena: arena)
    queryKeyValue = AlignedBuffer(count: rows * sizes.queryKeyValue, arena: arena)
    projected = AlignedBuffer(count: block.hasHeadNorms ? rows * sizes.queryKeyValue : 0, arena: arena)
    attended = AlignedBuffer(count: rows * sizes.attended, arena: arena)
    expanded = AlignedBuffer(count: rows * sizes.expanded, arena: arena)
    attentionUpdate = AlignedBuffer(count: block.hasUpdateNorms ? rows * sizes.hidden : 0, arena: arena)
    feedForwardUpdate = AlignedBuffer(count: block.hasUpdateNorms ? rows * sizes.hidden : 0, arena: arena)
  }

  func keepInput(_ workspace: Workspace, kernels: Kernels) {
    kernels.copy(workspace.hidden, count: workspace.rows.count * workspace.hiddenSize, to: &input)
  }

  func keepProjected(_ qkv: borrowing AlignedBuffer, count: Int, kernels: Kernels) {
    kernels.copy(qkv, count: count, to: &projected)
  }

  func keepAttention(_ workspace: Workspace, kernels: Kernels) {
    swap(&queryKeyValue, &workspace.queryKeyValue)
    swap(&attended, &workspace.attended)
    guard attentionUpdate.count > 0 else { return }
    kernels.copy(workspace.update, count: workspace.rows.count * workspace.hiddenSize, to: &attentionUpdate)
  }

  /// Also lends the workspace the room that the feed-forward layer expands into.
  func keepMiddle(_ workspace: Workspace, kernels: Kernels) {
    kernels.copy(workspace.hidden, count: workspace.rows.count * workspace.hiddenSize, to: &middle)
    swap(&expanded, &workspace.expanded)
  }

  func keepFeedForward(_ workspace: Workspace, kernels: Kernels) {
    swap(&expanded, &workspace.expanded)
    guard feedForwardUpdate.count > 0 else { return }
    kernels.copy(workspace.update, count: workspace.rows.count * workspace.hiddenSize, to: &feedForwardUpdate)
  }
}

/// Floats of a row of the buffers that a block keeps or works in.
struct ActivationSizes: Sendable, Hashable {
  let hidden: Int
  let queryKeyValue: Int
  let attended: Int
  let intermediate: Int
  let expanded: Int

  init(_ configuration: ModelConfiguration, _ widths: TransformerWidths) {
    hidden = configuration.hiddenSize
    attended = configuration.headCount * configuration.headSize
    queryKeyValue = attended + 2 * configuration.keyValueHeadCount * configuration.headSize
    intermediate = widths.intermediate
    expanded = widths.expanded
  }

  /// Of one block that keeps all.
  func kept(hasHeadNorms: Bool, hasUpdateNorms: Bool) -> Int {
    2 * hidden + queryKeyValue * (hasHeadNorms ? 2 : 1) + attended + expanded + (hasUpdateNorms ? 2 * hidden : 0)
  }
}
