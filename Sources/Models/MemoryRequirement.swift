internal import Checkpoints
internal import Tensors

extension CheckedCheckpoint {
  /// Refuses a model whose packed weights do not fit, before anything is loaded.
  /// - Parameter allowance: nil where the system does not say.
  func checkMemory(_ allowance: MemoryAllowance?, _ precision: Precision) throws(CheckpointError) {
    guard let allowance else { return }
    let needed = packedByteCount(precision)
    guard needed <= allowance.byteCount else {
      let reason = CheckpointError.Reason.insufficientMemory(
        neededBytes: needed,
        availableBytes: allowance.byteCount,
        source: allowance.source
      )
      throw CheckpointError(path: directory.path, reason)
    }
  }

  /// Bytes that the weights take once they are packed; vectors stay f32.
  func packedByteCount(_ precision: Precision) -> Int {
    tensors.reduce(0) { sum, tensor in
      guard let depth = tensor.shape.last, tensor.shape.count > 1 else {
        return sum + tensor.shape.reduce(MemoryLayout<Float>.stride, *)
      }
      let columns = tensor.shape.dropLast().reduce(1, *)
      let precision = columns == configuration.vocabularySize ? precision.ofVocabulary : precision
      return sum + PackedMatrix.byteCount(columns: columns, depth: depth, precision: precision)
    }
  }
}
