/// Writes GGUF files, right ones and such as no writer makes.
struct GGUFBuilder {
  struct Tensor {
    var name = "a"
    /// Innermost first, as in the file.
    var dimensions: [UInt64] = [4]
    var type: UInt32 = 0
    var offset: UInt64 = 0
    var rank: UInt32?
  }

  var magic: [UInt8] = Array("GGUF".utf8)
  var version: UInt32 = 3
  var tensors: [Tensor] = [Tensor()]
  var pairs: [[UInt8]] = [pair("general.architecture", string: "llama")]
  var tensorCount: UInt64?
  var pairCount: UInt64?
  var dataByteCount = 16
  var alignment = 32

  var bytes: [UInt8] {
    var bytes = magic + Self.bytes(version) + Self.bytes(tensorCount ?? UInt64(tensors.count))
    bytes += Self.bytes(pairCount ?? UInt64(pairs.count)) + pairs.flatMap { $0 }
    for tensor in tensors {
      bytes += Self.string(tensor.name) + Self.bytes(tensor.rank ?? UInt32(tensor.dimensions.count))
      bytes += tensor.dimensions.flatMap { Self.bytes($0) } + Self.bytes(tensor.type) + Self.bytes(tensor.offset)
    }
    while bytes.count % alignment != 0 { bytes.append(0) }
    return bytes + [UInt8](repeating: 0, count: dataByteCount)
  }

  /// A changed copy of a small right file.
  static func file(_ change: (inout GGUFBuilder) -> Void = { _ in }) -> [UInt8] {
    var builder = GGUFBuilder()
    change(&builder)
    return builder.bytes
  }

  static func pair(_ key: String, type: UInt32, _ value: [UInt8]) -> [UInt8] { string(key) + bytes(type) + value }

  static func pair(_ key: String, string value: String) -> [UInt8] { pair(key, type: 8, string(value)) }

  static func pair(_ key: String, unsigned32 value: UInt32) -> [UInt8] { pair(key, type: 4, bytes(value)) }

  static func array(_ type: UInt32, count: UInt64, _ elements: [UInt8]) -> [UInt8] {
    bytes(type) + bytes(count) + elements
  }

  static func string(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }

  static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
