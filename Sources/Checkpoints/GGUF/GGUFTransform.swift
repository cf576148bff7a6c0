/// What llama.cpp's conversion did to the values of a tensor, to be undone: Hugging Face's come out.
enum GGUFTransform: Sendable, Hashable {
  case none
  /// Rows of each head are stored in pairs (i, i + headSize / 2), since its rotary kernel turns neighbours.
  case interleavedHeads(count: Int)
  /// Norm weights are stored with the 1 that Gemma adds to them.
  case plusOne
  /// Stored [columns, rows].
  case transposed

  /// The stored row that holds row `row` of `rowCount`.
  func storedRow(of row: Int, rowCount: Int) -> Int {
    guard case .interleavedHeads(let count) = self else { return row }
    let headSize = rowCount / count
    let head = row / headSize, position = row % headSize
    return head * headSize + position % (headSize / 2) * 2 + position / (headSize / 2)
  }

  /// Why a tensor of this shape cannot have been made so; nil if it can.
  func problem(_ shape: [Int]) -> String? {
    switch self {
    case .none, .plusOne: return nil
    case .interleavedHeads(let count):
      let rows = shape.first ?? 0
      guard count > 0, rows % count == 0, rows / count % 2 == 0 else {
        return "has \(rows) rows, no even number for each of \(count) heads"
      }
      return nil
    case .transposed: return shape.count == 2 ? nil : "has \(shape.count) dimensions, not 2"
    }
  }
}
