internal import Checkpoints
internal import Tensors

/// What of a loaded model adapters are fitted to.
struct AdapterBase: Sendable {
  /// Of the checkpoint's tensors.
  let entries: [String: TensorEntry]
  let linears: [AdaptableLinear]
  let pool: ThreadPool

  /// - Returns: nil for an adapter that changes more than linear layers by low-rank matrices: embeddings, the head,
  ///   biases, whole modules. It runs merged into a model of its own.
  func load(directory: String) throws(CheckpointError) -> ModelAdapter? {
    let changes = try AdapterCheckpoint(directory: directory).changes(to: entries)
    var updates: [String: LowRankUpdate] = [:]
    for (name, change) in changes {
      guard case .update(let update) = change else { return nil }
      updates[name] = update
    }
    let tensors = Set(linears.flatMap { $0.parts.map(\.tensor) })
    guard updates.keys.allSatisfy(tensors.contains) else { return nil }
    try checkMemory(updates, directory)
    return ModelAdapter(
      layers: linears.map { linear in
        let own = linear.parts.compactMap { part in updates[part.tensor].map { (part.columns, $0) } }
        return own.isEmpty ? nil : LowRankLayer(own, of: linear, pool: pool)
      }
    )
  }

  /// Whether an adapter can have been loaded for this model.
  func fits(_ adapter: ModelAdapter?) -> Bool { adapter.map { $0.layers.count == linears.count } ?? true }

  private func checkMemory(_ updates: [String: LowRankUpdate], _ directory: String) throws(CheckpointError) {
    guard let allowance = MemoryAllowance.current else { return }
    let needed = linears.reduce(0) { sum, linear in
      let rank = linear.parts.reduce(0) { $0 + (updates[$1.tensor]?.rank ?? 0) }
      guard rank > 0 else { return sum }
      return sum + PackedMatrix.byteCount(columns: rank, depth: linear.depth, precision: .float32)
        + PackedMatrix.byteCount(columns: linear.columns, depth: rank, precision: .float32)
    }
    guard needed <= allowance.byteCount else {
      throw CheckpointError(
        path: directory,
        .insufficientMemory(neededBytes: needed, availableBytes: allowance.byteCount, source: allowance.source)
      )
    }
  }
}
