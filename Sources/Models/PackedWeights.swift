internal import Checkpoints
internal import Foundation
internal import Synchronization
internal import Tensors

/// The packed matrices of one model: those of a stored file, or such a file in the making.
final class PackedWeights: Sendable {
  private enum State {
    case reading(SafetensorsFile)
    case writing(SafetensorsWriter, metadata: [String: String])
    /// The folder cannot be written to, or the file is no good: the model loads all the same.
    case off
  }

  private let path: String
  private let pool: ThreadPool
  private let state: Mutex<State>

  private static let biasSuffix = ".bias"
  private static let sourceKey = "source"

  init(
    _ store: PackedWeightStore,
    _ checkpoint: CheckedCheckpoint,
    _ precision: Precision,
    withHead: Bool,
    pool: ThreadPool
  ) {
    let source = store.source(checkpoint, precision, withHead: withHead)
    let path = store.path(source: source)
    self.path = path
    self.pool = pool
    // A file that is missing or damaged is one to write anew; a folder that cannot be written to costs time alone.
    if let file = try? SafetensorsFile(path: path), file.metadata[Self.sourceKey] == source {
      state = Mutex(.reading(file))
      // The folder is kept small by dropping what was not used for long.
      try? FileManager.default.setAttributes([.modificationDate: Date.now], ofItemAtPath: path)
    } else {
      try? FileManager.default.createDirectory(atPath: store.directory, withIntermediateDirectories: true)
      // Generous room: names are short, each matrix has one or two entries and as many checksums.
      let room = 4096 + 1024 * checkpoint.tensors.count + 6 * source.utf8.count
      let writer = try? SafetensorsWriter(path: path, headerByteCount: room)
      state = Mutex(writer.map { .writing($0, metadata: [Self.sourceKey: source]) } ?? .off)
    }
  }

  /// The stored matrix, if it is there and whole.
  func matrix(
    _ name: String,
    columns: Int,
    depth: Int,
    hasBias: Bool,
    _ precision: Precision,
    _ arena: BufferArena
  ) -> PackedMatrix? {
    state.withLock { state in
      guard case .reading(let file) = state else { return nil }
      let valueCount = PackedMatrix.panelValueCount(columns: columns, depth: depth, precision: precision)
      let biasCount = hasBias ? PackedMatrix.biasValueCount(columns: columns) : 0
      let biasName = name + Self.biasSuffix
      guard let panels = read(name, valueCount, file, arena), let bias = read(biasName, biasCount, file, arena) else {
        unlink(path)
        state = .off
        return nil
      }
      return PackedMatrix(columns: columns, depth: depth, precision: precision, panels: panels, bias: bias)
    }
  }

  private func read(_ name: String, _ valueCount: Int, _ file: SafetensorsFile, _ arena: BufferArena) -> AlignedBuffer?
  {
    if valueCount == 0 { return AlignedBuffer(count: 0) }
    guard let entry = file.entries.first(where: { $0.name == name }), let expected = file.metadata[name],
      entry.range.count == valueCount * MemoryLayout<Float>.stride
    else { return nil }
    let buffer = file.withBytes(of: entry) { AlignedBuffer(copying: $0, arena: arena, pool: pool) }
    file.release(entry)
    guard Self.text(buffer.checksum(pool: pool)) == expected else { return nil }
    return buffer
  }

  /// Keeps a matrix that was just packed.
  func store(_ name: String, _ matrix: borrowing PackedMatrix) {
    state.withLock { state in
      guard case .writing(let writer, var metadata) = state else { return }
      do throws(CheckpointError) {
        try append(name, matrix.panels, writer, &metadata)
        if matrix.bias.count > 0 { try append(name + Self.biasSuffix, matrix.bias, writer, &metadata) }
        state = .writing(writer, metadata: metadata)
      } catch {
        state = .off
      }
    }
  }

  private func append(
    _ name: String,
    _ buffer: borrowing AlignedBuffer,
    _ writer: SafetensorsWriter,
    _ metadata: inout [String: String]
  ) throws(CheckpointError) {
    try writer.append(name, .unsigned8, shape: [buffer.bytes.byteCount], buffer.bytes)
    metadata[name] = Self.text(buffer.checksum(pool: pool))
  }

  /// The model is complete: the file appears.
  func finish() {
    state.withLock { state in
      if case .writing(let writer, let metadata) = state { try? writer.finish(metadata: metadata) }
      state = .off
    }
  }

  private static func text(_ checksum: UInt64) -> String { String(checksum, radix: 16) }
}
