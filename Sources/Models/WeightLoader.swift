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
      let type = elementType(entry)
      weights.forEachChunk(of: entry.name) { bytes, chunk in
        matrix.pack(bytes, of: type, rows: chunk.count, at: row + chunk.lowerBound, pool: pool)
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
    let entry = entry(name), type = elementType(entry)
    var vector = AlignedBuffer(count: entry.elementCount)
    var offset = 0
    weights.forEachChunk(of: name) { bytes, _ in offset += vector.convert(bytes, of: type, at: offset) }
    return vector
  }

  /// The tensor [depth, columns] as the linear layer that it is the transpose of, with its bias.
  func transposedLinear(_ name: String) -> Linear {
    let shape = entry(name + ".weight").shape
    var matrix = PackedMatrix(columns: shape[1], depth: shape[0], hasBias: true)
    let type = elementType(entry(name + ".weight"))
    weights.forEachChunk(of: name + ".weight") { bytes, rows in
      matrix.packTransposed(bytes, of: type, rows: rows.count, at: rows.lowerBound, pool: pool)
    }
    weights.withBytes(of: name + ".bias") { bytes, entry in
      matrix.packBias(bytes, of: elementType(entry), count: shape[1], at: 0)
    }
    return Linear(weights: matrix)
  }

  /// - Parameter offset: what the weight is stored less than.
  func norm(_ name: String, epsilon: Double, offset: Float = 0) -> Norm {
    .rootMeanSquare(RMSNorm(weight: vector(name + ".weight", offset: offset), epsilon: Float(epsilon)))
  }

  func layerNorm(_ name: String, epsilon: Double) -> Norm {
    .layer(LayerNorm(weight: vector(name + ".weight"), bias: vector(name + ".bias"), epsilon: Float(epsilon)))
  }

  /// - Parameter offset: what the weights are stored less than.
  func headNorms(_ query: String, _ key: String, epsilon: Double, offset: Float = 0) -> HeadNorms {
    HeadNorms(
      query: vector(query + ".weight", offset: offset),
      key: vector(key + ".weight", offset: offset),
      epsilon: Float(epsilon)
    )
  }

  /// The embedding `embedding` and the head `head`; nil: the embedding again.
  func vocabulary(embedding: String, head: String?, logitCap: Float? = nil, withHead: Bool) -> Vocabulary {
    guard withHead else { return Vocabulary(words: .table(vector(embedding + ".weight")), head: nil) }
    guard let head else {
      return Vocabulary(words: .tiedToHead, head: Head(linear: linear([embedding]), softCap: logitCap))
    }
    return Vocabulary(
      words: .table(vector(embedding + ".weight")),
      head: Head(linear: linear([head]), softCap: logitCap)
    )
  }

  private func vector(_ name: String, offset: Float) -> AlignedBuffer {
    var vector = vector(name)
    if offset != 0 { for index in 0..<vector.count { vector[index] += offset } }
    return vector
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
