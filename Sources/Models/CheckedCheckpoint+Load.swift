internal import Checkpoints
internal import Tensors

extension CheckedCheckpoint {
  /// The model with its weights: from the store if they are there, else packed from the checkpoint and stored; and
  /// what adapters are fitted to.
  func load(
    _ precision: Precision,
    _ store: PackedWeightStore?,
    withHead: Bool,
    pool: ThreadPool
  ) -> (transformer: Transformer, adapterBase: AdapterBase) {
    let packed = store.map { PackedWeights($0, self, precision, withHead: withHead, pool: pool) }
    let loader = WeightLoader(
      weights: weights,
      precision: precision,
      packed: packed,
      arena: BufferArena(),
      pool: pool
    )
    let transformer = architecture.build(loader, withHead: withHead)
    packed?.finish()
    let base = AdapterBase(entries: weights.entries, linears: loader.linears.all, pool: pool)
    return (transformer, base)
  }
}
