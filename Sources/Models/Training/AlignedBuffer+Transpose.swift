internal import Tensors

extension AlignedBuffer {
  /// Values [rows, columns] → target[start...] [columns, rows], in squares that stay in the first-level cache.
  func transpose(rows: Int, columns: Int, into target: inout AlignedBuffer, at start: Int) {
    precondition(
      rows * columns <= count && start + rows * columns <= target.count,
      "the matrix is larger than the room"
    )
    let side = 32
    let source = span
    var result = target.mutableSpan
    for top in stride(from: 0, to: rows, by: side) {
      for left in stride(from: 0, to: columns, by: side) {
        for row in top..<min(top + side, rows) {
          for column in left..<min(left + side, columns) {
            result[start + column * rows + row] = source[row * columns + column]
          }
        }
      }
    }
  }
}
