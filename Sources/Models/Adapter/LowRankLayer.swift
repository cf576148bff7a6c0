internal import Checkpoints
internal import Tensors

/// What an adapter adds to the output of one linear layer: up(down(x)), the scale in `up`.
///
/// A layer of several tensors (query, key and value) has all their matrices in one pair: `up` is 0 where a rank belongs
/// to another tensor's columns.
final class LowRankLayer: Sendable {
  /// [rank, depth]
  let down: PackedMatrix
  /// [columns, rank]
  let up: PackedMatrix

  /// - Parameter updates: of the layer's parts that have one.
  init(_ updates: [(columns: Range<Int>, update: LowRankUpdate)], of linear: AdaptableLinear, pool: ThreadPool) {
    let rank = updates.reduce(0) { $0 + $1.update.rank }
    var down = [Float](repeating: 0, count: rank * linear.depth)
    var up = [Float](repeating: 0, count: linear.columns * rank)
    var first = 0
    for (columns, update) in updates {
      for index in 0..<update.rank {
        for position in 0..<linear.depth {
          down[(first + index) * linear.depth + position] =
            linear.isTransposed
            ? update.left[position * update.rank + index] : update.right[index * linear.depth + position]
        }
        for column in 0..<columns.count {
          up[(columns.lowerBound + column) * rank + first + index] =
            linear.isTransposed
            ? update.right[index * columns.count + column] : update.left[column * update.rank + index]
        }
      }
      first += update.rank
    }
    self.down = Self.packed(down, columns: rank, depth: linear.depth, pool)
    self.up = Self.packed(up, columns: linear.columns, depth: rank, pool)
  }

  var byteCount: Int {
    [(down.columns, down.depth), (up.columns, up.depth)].reduce(0) {
      $0 + PackedMatrix.byteCount(columns: $1.0, depth: $1.1, precision: .float32)
    }
  }

  private static func packed(_ values: [Float], columns: Int, depth: Int, _ pool: ThreadPool) -> PackedMatrix {
    var matrix = PackedMatrix(columns: columns, depth: depth, precision: .float32)
    matrix.pack(values.span.bytes, of: .float32, rows: columns, at: 0, pool: pool)
    return matrix
  }
}
