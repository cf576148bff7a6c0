extension CheckpointWeights {
  /// The weights of a base model with an adapter merged in; what it changes by low-rank matrices is f32 when read.
  /// - Throws: what of the adapter does not belong to this model.
  package func applying(_ adapter: AdapterCheckpoint) throws(CheckpointError) -> CheckpointWeights {
    var changed = tensors
    for (name, change) in try adapter.changes(to: entries) {
      guard let base = tensors[name] else { preconditionFailure("an adapter changes what its base has") }
      changed[name] = base.applying(change)
    }
    return CheckpointWeights(changed)
  }

  package var entries: [String: TensorEntry] { tensors.mapValues(\.entry) }
}

extension CheckpointWeights.Tensor {
  /// All elements, as f32.
  package var values: [Float] {
    var values = [Float](repeating: 0, count: entry.elementCount)
    read(0..<rowCount, into: &values)
    return values
  }

  fileprivate func applying(_ change: AdapterChange) -> Self {
    switch change {
    case .update(let update): Self(entry: entry(like: entry, .float32), content: .updated(self, update))
    case .replacement(let tensor): Self(entry: entry(like: tensor.entry, tensor.entry.dtype), content: tensor.content)
    }
  }

  /// Shape and place of another entry under this one's name.
  private func entry(like other: TensorEntry, _ dtype: DType) -> TensorEntry {
    TensorEntry(name: entry.name, dtype: dtype, shape: other.shape, range: other.range)
  }
}
