internal import Foundation
internal import Glibc
internal import JSON

/// Writes a safetensors file tensor by tensor, without having all of them at hand: the header, which comes first in
/// the file, gets room and is written last. The file appears whole under its name or not at all.
@safe package final class SafetensorsWriter {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private let headerByteCount: Int
  private var header = JSONObject()
  private var offset = 0
  private var isFinished = false

  /// - Parameter headerByteCount: room for the names, shapes and metadata to come.
  package init(path: String, headerByteCount: Int) throws(CheckpointError) {
    self.path = path
    temporaryPath = path + ".\(UUID().uuidString).part"
    self.headerByteCount = (headerByteCount + 4095) / 4096 * 4096 - SafetensorsHeader.lengthByteCount
    descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw CheckpointError(path: path, .cannotWrite(errno: errno)) }
  }

  deinit {
    close(descriptor)
    if !isFinished { unsafe unlink(temporaryPath) }
  }

  /// Appends a tensor whose elements, little-endian, are `bytes`.
  package func append(
    _ name: String,
    _ dtype: DType,
    shape: [Int],
    _ bytes: RawSpan
  ) throws(CheckpointError) {
    precondition(header[name] == nil, "two tensors are named \(name)")
    precondition(shape.reduce(dtype.byteCount, *) == bytes.byteCount, "the bytes of \(name) do not have its shape")
    try write(bytes, at: SafetensorsHeader.lengthByteCount + headerByteCount + offset)
    header[name] = [
      "dtype": .string(dtype.rawValue), "shape": .array(shape.map { JSONValue($0) }),
      "data_offsets": [JSONValue(offset), JSONValue(offset + bytes.byteCount)],
    ]
    offset += bytes.byteCount
  }

  /// Writes the header and gives the file its name.
  package func finish(metadata: [String: String]) throws(CheckpointError) {
    if !metadata.isEmpty {
      let members = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
      header[SafetensorsHeader.metadataKey] = .object(JSONObject(uniqueKeysWithValues: members))
    }
    let text = Array(JSONValue.object(header).text.utf8)
    precondition(text.count <= headerByteCount, "a header of \(text.count) bytes got room for \(headerByteCount)")
    let length = (0..<SafetensorsHeader.lengthByteCount).map {
      UInt8(truncatingIfNeeded: headerByteCount >> (8 * $0))
    }
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: headerByteCount - text.count)
    let whole = length + text + padding
    try write(unsafe whole.span.bytes, at: 0)
    guard fsync(descriptor) == 0, unsafe rename(temporaryPath, path) == 0 else {
      throw CheckpointError(path: path, .cannotWrite(errno: errno))
    }
    isFinished = true
  }

  private func write(_ bytes: RawSpan, at position: Int) throws(CheckpointError) {
    var done = 0
    while done < bytes.byteCount {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        unsafe pwrite(descriptor, buffer.baseAddress.map { unsafe $0 + done }, bytes.byteCount - done, position + done)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw CheckpointError(path: path, .cannotWrite(errno: errno)) }
      done += written
    }
  }
}
