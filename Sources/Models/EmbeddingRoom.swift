internal import Tensors

/// Cache and workspace of an embedding model, for sequences up to some length.
final class EmbeddingRoom: Sendable {
  let cache: KVCache
  let workspace: Workspace
  private let maximumTokenCount: Int

  init(
    _ model: ModelConfiguration,
    _ transformer: Transformer,
    _ precision: Precision,
    _ kernels: Kernels,
    tokenCount: Int
  ) {
    maximumTokenCount = max(tokenCount, EmbeddingPlan.rowBudget)
    cache = KVCache(
      layerCount: transformer.isCausal ? model.layerCount : 1,
      blockCount: EmbeddingPlan.blockCount(maximumTokenCount),
      keyValueHeadCount: model.keyValueHeadCount,
      headSize: model.headSize
    )
    workspace = Workspace(
      model,
      transformer.widths,
      precision,
      kernels,
      maximumRows: transformer.isCausal ? EmbeddingPlan.rowBudget : maximumTokenCount,
      maximumSequences: EmbeddingPlan.rowBudget,
      maximumLogitRows: 0
    )
  }

  /// Itself, if it is large enough.
  func fitting(_ tokenCount: Int) -> EmbeddingRoom? { tokenCount <= maximumTokenCount ? self : nil }
}
