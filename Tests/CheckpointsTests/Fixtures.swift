import Checkpoints
import Foundation
import JSON

/// Files of `Fixtures/`, made by the scripts beside them.
enum Fixtures {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path

  static func path(_ name: String) -> String { directory + "/" + name }

  static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }

  static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: try bytes(name)) }
}

extension CheckpointWeights {
  /// All elements as f32, read in one piece.
  func values(_ name: String) -> [Float] {
    withBytes(of: name) { bytes, entry in floats(bytes, entry.dtype) }
  }

  /// The same, read in chunks.
  func chunkedValues(_ name: String) -> [Float] {
    var values: [Float] = []
    let dtype = self[name]?.entry.dtype ?? .float32
    forEachChunk(of: name) { bytes, _ in values += floats(bytes, dtype) }
    return values
  }
}

private func floats(_ bytes: RawSpan, _ dtype: DType) -> [Float] {
  let types: [DType: GGMLType] = [.float32: .float32, .float16: .float16, .bfloat16: .bfloat16]
  guard let type = types[dtype] else { return [] }
  var values = [Float](repeating: 0, count: bytes.byteCount / type.blockByteCount)
  var span = values.mutableSpan
  type.dequantize(bytes, into: &span)
  return values
}

/// The generator of the fixtures' scripts.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
