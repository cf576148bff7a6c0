internal import FoundationEssentials
internal import Glibc
internal import JSON

extension SafetensorsFile {
  /// A tensor to be written: `bytes` holds the elements of `shape`, little-endian.
  package struct Content: Sendable {
    package let name: String
    package let dtype: DType
    package let shape: [Int]
    package let bytes: [UInt8]

    package init(name: String, dtype: DType, shape: [Int], bytes: [UInt8]) {
      precondition(shape.reduce(dtype.byteCount, *) == bytes.count, "the bytes of \(name) do not have its shape")
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.bytes = bytes
    }

    package init(name: String, shape: [Int], values: [Float]) {
      let bytes = values.flatMap { value in
        let bits = value.bitPattern
        return [
          UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8),
          UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 24),
        ]
      }
      self.init(name: name, dtype: .float32, shape: shape, bytes: bytes)
    }
  }

  /// Writes `contents` in their order; the file appears whole under its name or not at all.
  package static func write(
    to path: String,
    _ contents: [Content],
    metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    let header = headerBytes(contents, metadata)
    let temporary = path + ".part"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw CheckpointError(path: path, .cannotWrite(errno: errno)) }
    defer { close(descriptor) }
    try write(header, to: descriptor, path: path)
    for content in contents { try write(content.bytes, to: descriptor, path: path) }
    guard fsync(descriptor) == 0, unsafe rename(temporary, path) == 0 else {
      throw CheckpointError(path: path, .cannotWrite(errno: errno))
    }
  }

  /// Length and JSON, padded with spaces so that the data starts at a multiple of 8.
  private static func headerBytes(_ contents: [Content], _ metadata: [String: String]) -> [UInt8] {
    var object = JSONObject()
    if !metadata.isEmpty {
      let members = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
      object[SafetensorsHeader.metadataKey] = .object(JSONObject(uniqueKeysWithValues: members))
    }
    var offset = 0
    for content in contents {
      precondition(object[content.name] == nil, "two tensors are named \(content.name)")
      let end = offset + content.bytes.count
      object[content.name] = [
        "dtype": .string(content.dtype.rawValue), "shape": .array(content.shape.map { JSONValue($0) }),
        "data_offsets": [JSONValue(offset), JSONValue(end)],
      ]
      offset = end
    }
    var text = Array(JSONValue.object(object).text.utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = UInt64(text.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + text
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(CheckpointError) {
    var offset = 0
    while offset < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + offset }, bytes.count - offset)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw CheckpointError(path: path, .cannotWrite(errno: errno)) }
      offset += written
    }
  }
}
