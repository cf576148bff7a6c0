internal import FoundationEssentials

/// The tensors of a model under their Hugging Face names: one safetensors file, the shards that an index names, or a
/// GGUF file, with the changes of an adapter if one is applied.
package struct CheckpointWeights: Sendable {
  package struct Tensor: Sendable {
    package let entry: TensorEntry
    let content: TensorContent
  }

  package static let singleFileName = "model.safetensors"
  package static let indexFileName = "model.safetensors.index.json"

  /// In the order of their names' bytes.
  package let names: [String]
  let tensors: [String: Tensor]

  /// Bytes of values that are converted at a time: a small part of any model, and many rows.
  private static let chunkByteCount = 4 << 20

  init(_ tensors: [String: Tensor]) {
    self.tensors = tensors
    names = tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  package init(_ directory: CheckpointDirectory) throws(CheckpointError) {
    switch directory.weights {
    case .safetensors: try self.init(directory: directory.root)
    case .gguf(let checkpoint): self.init(Self.tensors(of: checkpoint))
    }
  }

  /// Of a directory with safetensors.
  package init(directory: String) throws(CheckpointError) {
    let index = directory + "/" + Self.indexFileName
    if FileManager.default.fileExists(atPath: index) {
      self.init(try Self.load(try ShardIndex(path: index), directory: directory))
    } else {
      try self.init(file: directory + "/" + Self.singleFileName)
    }
  }

  /// Of one safetensors file.
  init(file: String) throws(CheckpointError) {
    self.init(try Self.tensors(of: try SafetensorsFile(path: file)))
  }

  package subscript(name: String) -> Tensor? { tensors[name] }

  /// The bytes of all elements, of the entry's dtype.
  package func withBytes<Result: ~Copyable, Failure: Error>(
    of name: String,
    _ body: (RawSpan, TensorEntry) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let tensor = checked(name)
    defer { tensor.release(upTo: tensor.rowCount) }
    if case .stored(let file) = tensor.content {
      return try file.withBytes(tensor.entry.range) { bytes throws(Failure) in try body(bytes, tensor.entry) }
    }
    var values = [Float](repeating: 0, count: tensor.entry.elementCount)
    tensor.read(0..<tensor.rowCount, into: &values)
    return try unsafe body(values.span.bytes, tensor.entry)
  }

  /// The bytes of all rows (the first dimension), of the entry's dtype, some at a time in their order: neither the
  /// file's pages nor converted values of the whole tensor are in memory at once.
  package func forEachChunk(of name: String, _ body: (_ bytes: RawSpan, _ rows: Range<Int>) -> Void) {
    let tensor = checked(name)
    let rowByteCount = max(1, tensor.rowElementCount * tensor.entry.dtype.byteCount)
    let step = tensor.isSplittable ? max(1, Self.chunkByteCount / rowByteCount) : max(1, tensor.rowCount)
    var values: [Float] = []
    for start in stride(from: 0, to: tensor.rowCount, by: step) {
      let rows = start..<min(start + step, tensor.rowCount)
      if case .stored(let file) = tensor.content {
        file.withBytes(tensor.bytes(of: rows)) { body($0, rows) }
      } else {
        let count = rows.count * tensor.rowElementCount
        if values.count != count { values = [Float](repeating: 0, count: count) }
        tensor.read(rows, into: &values)
        unsafe body(values.span.bytes, rows)
      }
      tensor.release(upTo: rows.upperBound)
    }
  }

  private func checked(_ name: String) -> Tensor {
    guard let tensor = tensors[name] else { preconditionFailure("\(name) was not checked before it was read") }
    return tensor
  }

  /// Names that are the same to Swift and different byte for byte are refused: a dictionary holds one of them.
  private static func tensors(of file: SafetensorsFile) throws(CheckpointError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for entry in file.entries {
      guard tensors.updateValue(Tensor(entry: entry, content: .stored(file.file)), forKey: entry.name) == nil else {
        throw CheckpointError(path: file.path, .repeatedTensor(entry.name))
      }
    }
    return tensors
  }

  private static func tensors(of checkpoint: GGUFCheckpoint) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for tensor in checkpoint.tensors {
      let reader = GGUFTensorReader(tensor: tensor.stored, transform: tensor.transform, file: checkpoint.file.file)
      let isStored = tensor.transform == .none && tensor.stored.type.storedType != nil
      let content: TensorContent = isStored ? .stored(checkpoint.file.file) : .translated(reader)
      tensors[tensor.entry.name] = Tensor(entry: tensor.entry, content: content)
    }
    return tensors
  }

  /// Index and shards name the same tensors in the same files.
  private static func load(_ index: ShardIndex, directory: String) throws(CheckpointError) -> [String: Tensor] {
    var all: [String: Tensor] = [:]
    for fileName in index.fileNames {
      let file = try SafetensorsFile(path: directory + "/" + fileName)
      for (name, tensor) in try tensors(of: file) {
        guard index.fileOfTensor[name] == fileName else {
          throw CheckpointError(path: index.path, .tensorNotInIndex(tensor: name, shard: fileName))
        }
        all[name] = tensor
      }
    }
    for (name, fileName) in index.fileOfTensor where all[name] == nil {
      throw CheckpointError(path: index.path, .tensorNotInShard(tensor: name, shard: fileName))
    }
    return all
  }
}
