internal import FoundationEssentials
internal import JSON

/// The tensors of a model directory: one safetensors file, or the shards that an index names.
package struct CheckpointWeights: Sendable {
  /// A tensor and the file that holds it.
  package struct Tensor: Sendable {
    package let entry: TensorEntry
    package let file: SafetensorsFile
  }

  package static let singleFileName = "model.safetensors"
  package static let indexFileName = "model.safetensors.index.json"

  /// In the order of their names' bytes.
  package let names: [String]
  /// The weight files' names, relative to the directory.
  package let fileNames: [String]
  private let tensors: [String: Tensor]

  package init(directory: String) throws(CheckpointError) {
    let single = directory + "/" + Self.singleFileName
    let index = directory + "/" + Self.indexFileName
    if FileManager.default.fileExists(atPath: index) {
      let shards = try ShardIndex(path: index)
      fileNames = [Self.indexFileName] + shards.fileNames
      tensors = try Self.load(shards, directory: directory)
    } else {
      fileNames = [Self.singleFileName]
      tensors = Self.tensors(of: try SafetensorsFile(path: single))
    }
    names = tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  package subscript(name: String) -> Tensor? { tensors[name] }

  package func withBytes<Result: ~Copyable, Failure: Error>(
    of name: String,
    _ body: (RawSpan, TensorEntry) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let tensor = tensors[name] else { preconditionFailure("\(name) was not checked before it was read") }
    defer { tensor.file.release(tensor.entry) }
    return try tensor.file.withBytes(of: tensor.entry) { bytes throws(Failure) in try body(bytes, tensor.entry) }
  }

  private static func tensors(of file: SafetensorsFile) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, Tensor(entry: $0, file: file)) })
  }

  /// Index and shards name the same tensors in the same files.
  private static func load(_ index: ShardIndex, directory: String) throws(CheckpointError) -> [String: Tensor] {
    var all: [String: Tensor] = [:]
    for fileName in index.fileNames {
      let file = try SafetensorsFile(path: directory + "/" + fileName)
      for (name, tensor) in tensors(of: file) {
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
