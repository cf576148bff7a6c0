internal import Checkpoints
internal import Tensors

/// Turns checked checkpoint tensors into what the layers hold: packed straight from the mapped file, once, or read
/// from where packed weights are stored; or parameters, to be trained.
struct WeightLoader {
  let weights: CheckpointWeights
  let precision: Precision
  let packed: PackedWeights?
  let arena: BufferArena
  let pool: ThreadPool
  /// nil for inference.
  let parameters: ParameterLoader?
  /// Those that adapters change by the row, as they are built.
  let linears = AdaptableLinears()

  init(
    weights: CheckpointWeights,
    precision: Precision,
    packed: PackedWeights? = nil,
    arena: BufferArena = BufferArena(),
    pool: ThreadPool,
    parameters: ParameterLoader? = nil
  ) {
    self.weights = weights
    self.precision = precision
    self.packed = packed
    self.arena = arena
    self.pool = pool
    self.parameters = parameters
  }

  /// The tensors [rows, depth] of `names` one below the other as one matrix; with the biases beside them, if any.
  func linear(_ names: [String], hasBias: Bool = false) -> Linear {
    if let parameters { return Linear(weights: .trained(parameters.linear(names, hasBias: hasBias))) }
    let entries = names.map { entry($0 + ".weight") }
    var parts: [AdaptableLinear.Part] = []
    var columns = 0
    for entry in entries {
      parts.append(AdaptableLinear.Part(tensor: entry.name, columns: columns..<columns + entry.shape[0]))
      columns += entry.shape[0]
    }
    let linear = AdaptableLinear(parts: parts, columns: columns, depth: entries[0].shape[1], isTransposed: false)
    return Linear(
      weights: .packed(PackedLinear(matrix(names, hasBias: hasBias, precision))),
      number: linears.add(linear)
    )
  }

  private func matrix(_ names: [String], hasBias: Bool, _ precision: Precision) -> PackedMatrix {
    let entries = names.map { entry($0 + ".weight") }
    let columns = entries.reduce(0) { $0 + $1.shape[0] }
    let name = names.joined(separator: "+")
    return matrix(name, columns: columns, depth: entries[0].shape[1], hasBias: hasBias, precision) { matrix in
      var row = 0
      for (name, entry) in zip(names, entries) {
        pack(entry, into: &matrix, at: row)
        if hasBias { packBias(name, into: &matrix, at: row) }
        row += entry.shape[0]
      }
    }
  }

  /// The tensor [depth, columns] as the linear layer that it is the transpose of, with its bias.
  func transposedLinear(_ name: String) -> Linear {
    if let parameters {
      return Linear(weights: .trained(parameters.linear([name], hasBias: true, isTransposed: true)))
    }
    let entry = entry(name + ".weight"), shape = entry.shape
    let matrix = matrix(name, columns: shape[1], depth: shape[0], hasBias: true, precision) { matrix in
      matrix.pack(transposed: values(name + ".weight"), pool: pool)
      packBias(name, into: &matrix, at: 0)
    }
    let part = AdaptableLinear.Part(tensor: entry.name, columns: 0..<shape[1])
    let linear = AdaptableLinear(parts: [part], columns: shape[1], depth: shape[0], isTransposed: true)
    return Linear(weights: .packed(PackedLinear(matrix)), number: linears.add(linear))
  }

  private func matrix(
    _ name: String,
    columns: Int,
    depth: Int,
    hasBias: Bool,
    _ precision: Precision,
    fill: (inout PackedMatrix) -> Void
  ) -> PackedMatrix {
    if let stored = packed?.matrix(name, columns: columns, depth: depth, hasBias: hasBias, precision, arena) {
      return stored
    }
    var matrix = PackedMatrix(columns: columns, depth: depth, precision: precision, hasBias: hasBias, arena: arena)
    fill(&matrix)
    packed?.store(name, matrix)
    return matrix
  }

  private func pack(_ entry: TensorEntry, into matrix: inout PackedMatrix, at row: Int) {
    let type = elementType(entry)
    weights.forEachChunk(of: entry.name) { bytes, chunk in
      matrix.pack(bytes, of: type, rows: chunk.count, at: row + chunk.lowerBound, pool: pool)
    }
  }

  private func packBias(_ name: String, into matrix: inout PackedMatrix, at row: Int) {
    weights.withBytes(of: name + ".bias") { bytes, entry in
      matrix.packBias(bytes, of: elementType(entry), count: entry.elementCount, at: row)
    }
  }

  /// A vector or a table as it is.
  /// - Parameter offset: what the values are stored less than.
  func vector(_ name: String, offset: Float = 0) -> Parameter {
    if let parameters { return parameters.vector([name], offset: offset) }
    var values = values(name)
    if offset != 0 { for index in 0..<values.count { values[index] += offset } }
    return Parameter(frozen: name, shape: entry(name).shape, values: values)
  }

  private func values(_ name: String) -> AlignedBuffer {
    let entry = entry(name), type = elementType(entry)
    var vector = AlignedBuffer(count: entry.elementCount)
    var offset = 0
    weights.forEachChunk(of: name) { bytes, _ in offset += vector.convert(bytes, of: type, at: offset) }
    return vector
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
    guard withHead else { return Vocabulary(words: .table(wordTable(embedding)), head: nil) }
    guard let head else {
      return Vocabulary(
        words: .tiedToHead,
        head: Head(linear: Linear(weights: wordTable(embedding)), softCap: logitCap)
      )
    }
    return Vocabulary(
      words: .table(wordTable(embedding)),
      head: Head(linear: Linear(weights: wordTable(head)), softCap: logitCap)
    )
  }

  /// A matrix with a row for each token.
  func wordTable(_ name: String) -> LinearWeights {
    if let parameters { return .trained(parameters.linear([name])) }
    return .packed(PackedLinear(matrix([name], hasBias: false, precision.ofVocabulary)))
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
