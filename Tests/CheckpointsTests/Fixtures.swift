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
