/// What a low-rank adapter adds to a tensor [rows, columns]: left · right, f32 (Hu et al. 2021).
package struct LowRankUpdate: Sendable {
  package let rank: Int
  package let columnCount: Int
  /// [rows, rank], with the adapter's scale.
  package let left: [Float]
  /// [rank, columns].
  package let right: [Float]

  /// Adds to rows of the tensor, [rows.count, columnCount].
  func add(to target: inout [Float], rows: Range<Int>) {
    var target = target.mutableSpan
    let left = left.span, right = right.span
    for row in rows {
      let start = (row - rows.lowerBound) * columnCount
      for index in 0..<rank {
        let factor = left[row * rank + index]
        for column in 0..<columnCount {
          target[start + column] += factor * right[index * columnCount + column]
        }
      }
    }
  }
}
