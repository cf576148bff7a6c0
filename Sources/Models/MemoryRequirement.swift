internal import Checkpoints
internal import Tensors

extension CheckedCheckpoint {
  /// Refuses a model whose packed weights do not fit, before anything is loaded.
  /// - Parameter allowance: nil where the system does not say.
  func checkMemory(_ allowance: MemoryAllowance?) throws(CheckpointError) {
    guard let allowance else { return }
    let needed = packedByteCount
    guard needed <= allowance.byteCount else {
      let reason = CheckpointError.Reason.insufficientMemory(
        neededBytes: needed,
        availableBytes: allowance.byteCount,
        source: allowance.source
      )
      throw CheckpointError(path: directory.path, reason)
    }
  }

  /// Bytes that the weights take once they are packed.
  private var packedByteCount: Int {
    tensors.reduce(0) { sum, tensor in
      let depth = tensor.shape.count > 1 ? tensor.shape[tensor.shape.count - 1] : 1
      let columns = tensor.shape.dropLast(tensor.shape.count > 1 ? 1 : 0).reduce(1, *)
      return sum + PackedMatrix.byteCount(columns: columns, depth: depth)
    }
  }
}
