/// What a low-rank adapter adds to a tensor [rows, columns]: left · right, f32 (Hu et al. 2021).
struct LowRankUpdate: Sendable {
  let rank: Int
  let columnCount: Int
  /// [rows, rank], with the adapter's scale.
  let left: [Float]
  /// [rank, columns].
  let right: [Float]

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
