internal import Checkpoints
internal import Tensors

/// Turns checked checkpoint tensors into what the layers hold: packed straight from the mapped file, once.
struct WeightLoader {
  let weights: CheckpointWeights
  let pool: ThreadPool

  /// The tensors [rows, depth] of `names` one below the other as one matrix; with the biases beside them, if any.
  func linear(_ names: [String], hasBias: Bool = false) -> Linear {
    let entries = names.map { entry($0 + ".weight") }
    let columns = entries.reduce(0) { $0 + $1.shape[0] }
    var matrix = PackedMatrix(columns: columns, depth: entries[0].shape[1], hasBias: hasBias)
    var row = 0
    for (name, entry) in zip(names, entries) {
      let rows = entry.shape[0]
      weights.withBytes(of: entry.name) { bytes, entry in
        matrix.pack(bytes, of: elementType(entry), rows: rows, at: row, pool: pool)
      }
      if hasBias {
        weights.withBytes(of: name + ".bias") { bytes, entry in
          matrix.packBias(bytes, of: elementType(entry), count: rows, at: row)
        }
      }
      row += rows
    }
    return Linear(weights: matrix)
  }

  func vector(_ name: String) -> AlignedBuffer {
    weights.withBytes(of: name) { bytes, entry in AlignedBuffer(converting: bytes, of: elementType(entry)) }
  }

  func norm(_ name: String, epsilon: Double) -> RMSNorm {
    RMSNorm(weight: vector(name + ".weight"), epsilon: Float(epsilon))
  }

  private func entry(_ name: String) -> TensorEntry {
    guard let tensor = weights[name] else { preconditionFailure("\(name) was not checked before loading") }
    return tensor.entry
  }

  private func elementType(_ entry: TensorEntry) -> ElementType {
    guard let type = entry.dtype.elementType else {
      preconditionFailure("the dtype of \(entry.name) was not checked before loading")
    }
    return type
  }
}
