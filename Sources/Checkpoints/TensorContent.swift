/// Where the values of a checkpoint tensor come from.
enum TensorContent: Sendable {
  /// The bytes of the entry as they stand in the file.
  case stored(MappedFile)
  /// A GGUF tensor, as f32.
  case translated(GGUFTensorReader)
  /// Another tensor and what an adapter adds to it, as f32.
  indirect case updated(CheckpointWeights.Tensor, LowRankUpdate)
}

extension CheckpointWeights.Tensor {
  /// The first dimension; a scalar is one row.
  var rowCount: Int { entry.shape.first ?? 1 }
  var rowElementCount: Int { entry.shape.dropFirst().reduce(1, *) }

  /// Whether its rows can be read apart from each other.
  var isSplittable: Bool {
    switch content {
    case .stored: true
    case .translated(let reader): reader.isSplittable
    case .updated(let base, _): base.isSplittable
    }
  }

  /// Fills `target`, [rows.count, rowElementCount], with the values as f32.
  func read(_ rows: Range<Int>, into target: inout [Float]) {
    switch content {
    case .stored(let file):
      guard let type = GGMLType(entry.dtype) else {
        preconditionFailure("the dtype of \(entry.name) was not checked before it was read")
      }
      var span = target.mutableSpan
      file.withBytes(bytes(of: rows)) { type.dequantize($0, into: &span) }
    case .translated(let reader): reader.read(rows, into: &target)
    case .updated(let base, let update):
      base.read(rows, into: &target)
      update.add(to: &target, rows: rows)
    }
  }

  /// Lets the system drop the pages of what has been read for the rows up to `row`.
  func release(upTo row: Int) {
    switch content {
    case .stored(let file): file.release(bytes(of: 0..<row))
    case .translated(let reader):
      // Rows may have been taken out of order: a page that is dropped too early is read again.
      let read = reader.tensor.range.count / max(rowCount, 1) * row
      reader.file.release(reader.tensor.range.lowerBound..<reader.tensor.range.lowerBound + read)
    case .updated(let base, _): base.release(upTo: row)
    }
  }

  /// Of a stored tensor.
  func bytes(of rows: Range<Int>) -> Range<Int> {
    let byteCount = rowElementCount * entry.dtype.byteCount
    return entry.range.lowerBound + rows.lowerBound * byteCount..<entry.range.lowerBound + rows.upperBound * byteCount
  }
}

extension GGMLType {
  /// nil for the dtypes that weights are not loaded from.
  init?(_ dtype: DType) {
    switch dtype {
    case .float32: self = .float32
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    default: return nil
    }
  }
}
