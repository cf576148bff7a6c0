internal import Checkpoints
internal import Tensors

/// The tensors of a safetensors file by their names.
struct EntryTable {
  let file: SafetensorsFile
  private let entries: [String: TensorEntry]

  init(_ file: SafetensorsFile) {
    self.file = file
    entries = Dictionary(file.entries.map { ($0.name, $0) }) { first, _ in first }
  }

  /// A tensor of f32, as large as it has to be; PEFT puts more before the names of modules that it saves as a whole.
  func entry(_ name: String, shape: [Int]) throws(CheckpointError) -> TensorEntry {
    guard let entry = entries[name] ?? entries.first(where: { $0.key.hasSuffix("." + name) })?.value else {
      throw CheckpointError(path: file.path, .missingTensor(name))
    }
    guard entry.dtype == .float32 else {
      throw CheckpointError(path: file.path, .unsupportedDType(tensor: name, dtype: entry.dtype.rawValue))
    }
    guard entry.shape == shape else {
      throw CheckpointError(path: file.path, .shapeMismatch(tensor: name, expected: shape, actual: entry.shape))
    }
    return entry
  }

  func read(_ name: String, shape: [Int], into buffer: inout AlignedBuffer) throws(CheckpointError) {
    let entry = try entry(name, shape: shape)
    file.withBytes(of: entry) { bytes in _ = buffer.convert(bytes, of: .float32, at: 0) }
    file.release(entry)
  }
}
