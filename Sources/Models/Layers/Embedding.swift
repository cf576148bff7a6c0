internal import Tensors

/// Rows of the embedding table [vocabularySize, hiddenSize]; tied to the head, they come out of its packed weights.
enum Embedding: ~Copyable, Sendable {
  case table(AlignedBuffer)
  case tiedToHead

  func callAsFunction(
    _ tokens: [Int32],
    hiddenSize: Int,
    head: borrowing Linear,
    kernels: Kernels,
    into y: inout AlignedBuffer
  ) {
    for row in 0..<tokens.count {
      switch self {
      case .table(let table):
        kernels.copyRow(Int(tokens[row]), of: table, width: hiddenSize, toRow: row, of: &y)
      case .tiedToHead:
        head.weights.unpack(row: Int(tokens[row]), into: &y, at: row * hiddenSize)
      }
    }
  }
}
