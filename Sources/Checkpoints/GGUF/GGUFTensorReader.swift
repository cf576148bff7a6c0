/// Reads a GGUF tensor as the f32 values of the Hugging Face checkpoint.
struct GGUFTensorReader: Sendable {
  let tensor: GGUFTensor
  let transform: GGUFTransform
  let file: MappedFile

  /// Whether its rows can be read apart from each other.
  var isSplittable: Bool { tensor.shape.count > 1 && transform != .transposed }

  /// Fills `target` with rows of the translated tensor, [rows.count, width]; all of them where they cannot be split.
  func read(_ rows: Range<Int>, into target: inout [Float]) {
    if transform == .transposed {
      readTransposed(into: &target)
    } else if isSplittable {
      readRows(rows, into: &target)
    } else {
      readVector(into: &target)
    }
    if transform == .plusOne { for index in target.indices { target[index] -= 1 } }
  }

  private func readRows(_ rows: Range<Int>, into target: inout [Float]) {
    // Dimensions between the first and the last are stored as further rows.
    let rowCount = tensor.shape[0], perRow = tensor.rowCount / rowCount
    let byteCount = perRow * tensor.rowByteCount, elementCount = perRow * tensor.rowElementCount
    if transform == .none || transform == .plusOne {
      let start = tensor.range.lowerBound + rows.lowerBound * byteCount
      return dequantize(start..<start + rows.count * byteCount, into: &target, at: 0)
    }
    for row in rows {
      let stored = transform.storedRow(of: row, rowCount: rowCount)
      let start = tensor.range.lowerBound + stored * byteCount
      dequantize(start..<start + byteCount, into: &target, at: (row - rows.lowerBound) * elementCount)
    }
  }

  private func readVector(into target: inout [Float]) {
    dequantize(tensor.range, into: &target, at: 0)
    guard case .interleavedHeads = transform else { return }
    let stored = target
    for index in target.indices {
      target[index] = stored[transform.storedRow(of: index, rowCount: target.count)]
    }
  }

  private func readTransposed(into target: inout [Float]) {
    let rows = tensor.shape[0], columns = tensor.shape[1]
    var line = [Float](repeating: 0, count: columns)
    for row in 0..<rows {
      let start = tensor.range.lowerBound + row * tensor.rowByteCount
      dequantize(start..<start + tensor.rowByteCount, into: &line, at: 0)
      for column in 0..<columns { target[column * rows + row] = line[column] }
    }
  }

  private func dequantize(_ bytes: Range<Int>, into target: inout [Float], at offset: Int) {
    var span = target.mutableSpan
    file.withBytes(bytes) { tensor.type.dequantize($0, into: &span, at: offset) }
  }
}
