internal import Tensors

extension Embedding {
  /// Adds the gradients of the tables; `gradient` [rows, hiddenSize] is d(loss)/d(what the first block read), and used
  /// up.
  func backward(
    _ batch: ForwardBatch,
    head: borrowing Head?,
    gradient: inout AlignedBuffer,
    kernels: Kernels
  ) {
    if let positions, positions.isTrainable {
      let rows = batch.sequences.flatMap { slice in
        (0..<slice.count).map { Int32(slice.position + $0 + firstPositionRow) }
      }
      kernels.addEmbeddingGradient(gradient, tokens: rows, width: positions.shape[1], into: &positions.gradient)
    }
    guard let table = table(head), table.weight.isTrainable else { return }
    if let scale { kernels.scale(&gradient, by: scale, count: batch.tokens.count * table.depth) }
    table.lookUpBackward(gradient, tokens: batch.tokens, kernels: kernels)
  }

  func learns(head: borrowing Head?) -> Bool {
    positions?.isTrainable ?? false || table(head)?.weight.isTrainable ?? false
  }

  private func table(_ head: borrowing Head?) -> TrainedLinear? {
    switch words {
    case .table(let table): table.trained
    case .tiedToHead:
      switch head {
      case .some(let head): head.linear.weights.trained
      case .none: nil
      }
    }
  }
}
