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
    // Each byte of a name takes six at most in JSON (\u0000); the rest of an entry is numbers.
    let names = contents.map(\.name) + metadata.flatMap { [$0.key, $0.value] }
    let room = names.reduce(256) { $0 + 6 * $1.utf8.count + 256 } + contents.reduce(0) { $0 + 24 * $1.shape.count }
    let writer = try SafetensorsWriter(path: path, headerByteCount: room)
    for content in contents {
      try writer.append(content.name, content.dtype, shape: content.shape, unsafe content.bytes.span.bytes)
    }
    try writer.finish(metadata: metadata)
  }
}
