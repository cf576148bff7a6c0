package import Checkpoints
internal import Foundation

/// A model directory with an adapter in its weights, for programs that know no adapters.
///
/// What the adapter changes is f32 there, so that nothing is rounded; everything else has the bytes of the base.
package enum MergedModel {
  /// Writes into an empty directory, and reads back what was written.
  /// - Parameters:
  ///   - base: a Hugging Face directory; a GGUF file has no such form.
  ///   - adapter: a directory in PEFT's layout.
  package static func write(base: String, adapter: String, to directory: String) throws(CheckpointError) {
    let checkpoint = try CheckedCheckpoint(directory: base, adapter: adapter)
    let weights = checkpoint.weights, source = checkpoint.directory
    guard !source.isGGUF else {
      throw CheckpointError(
        path: base,
        .unsupported(key: "format", value: "GGUF", supported: "safetensors; import the base in that format to merge")
      )
    }
    for file in source.files where file.role != .weights { try copy(file.path, from: source.root, to: directory) }
    // Each byte of a name takes six at most in JSON (\u0000); the rest of an entry is numbers.
    let room = weights.names.reduce(4096) { $0 + 6 * $1.utf8.count + 512 }
    let path = directory + "/" + CheckpointWeights.singleFileName
    let writer = try SafetensorsWriter(path: path, headerByteCount: room)
    for name in weights.names {
      try weights.withBytes(of: name) { bytes, entry throws(CheckpointError) in
        try writer.append(name, entry.dtype, shape: entry.shape, bytes)
      }
    }
    try writer.finish(metadata: ["format": "pt"])
    try verify(CheckedCheckpoint(directory: directory), against: checkpoint)
  }

  private static func copy(_ file: String, from root: String, to directory: String) throws(CheckpointError) {
    let target = directory + "/" + file
    do {
      let folder = URL(filePath: target).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(contentsOf: URL(filePath: root + "/" + file)).write(to: URL(filePath: target))
    } catch {
      throw CheckpointError(path: target, .cannotWrite(errno: (error as? POSIXError)?.code.rawValue ?? EIO))
    }
  }

  private static func verify(_ written: CheckedCheckpoint, against merged: CheckedCheckpoint) throws(CheckpointError) {
    for name in merged.weights.names {
      let isEqual = merged.weights.withBytes(of: name) { expected, entry in
        written.weights.withBytes(of: name) { bytes, _ in bytes.isEqual(to: expected) }
      }
      guard isEqual else {
        throw CheckpointError(
          path: written.directory.path,
          .invalidEntry(tensor: name, problem: "was not written whole")
        )
      }
    }
  }
}

extension RawSpan {
  fileprivate func isEqual(to other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    return withUnsafeBytes { own in other.withUnsafeBytes { own.elementsEqual($0) } }
  }
}
