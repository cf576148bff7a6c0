internal import Checkpoints
internal import Foundation
internal import Models
internal import Tensors

/// The weights of a checkpoint under the names of Hugging Face or PEFT, put back into parameters to the bit.
struct ParameterFile {
  /// Adapter first: its directory has no model of its own.
  static let names = ["adapter_model.safetensors", "model.safetensors"]

  static func read(into parameters: [Parameter], from directory: String) throws(CheckpointError) {
    let paths = names.map { directory + "/" + $0 }
    guard let path = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw CheckpointError(path: directory, .missingWeights)
    }
    let entries = EntryTable(try SafetensorsFile(path: path))
    for parameter in parameters where parameter.isStoredExactly {
      for part in parameter.parts { try read(part, of: parameter, entries) }
    }
  }

  private static func read(
    _ part: ParameterPart,
    of parameter: Parameter,
    _ entries: EntryTable
  ) throws(CheckpointError) {
    let entry = try entries.entry(part.tensor, shape: part.shape)
    let values = entries.file.withBytes(of: entry) { AlignedBuffer(converting: $0, of: .float32) }
    entries.file.release(entry)
    let width = parameter.shape.count > 1 ? parameter.shape[1] : 1
    place(values, part, width: width, into: &parameter.values)
  }

  /// - Parameter width: columns of the parameter, which is `target`.
  private static func place(
    _ values: borrowing AlignedBuffer,
    _ part: ParameterPart,
    width: Int,
    into target: inout AlignedBuffer
  ) {
    let source = values.span
    var target = target.mutableSpan
    for (row, targetRow) in part.rows.enumerated() {
      for (column, targetColumn) in part.columns.enumerated() {
        let place = part.isTransposed ? column * part.rows.count + row : row * part.columns.count + column
        target[targetRow * width + targetColumn] = source[place]
      }
    }
  }
}
