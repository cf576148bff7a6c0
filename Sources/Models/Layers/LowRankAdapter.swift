internal import Tensors

/// The adapters of the modules that one product computes, side by side: A [ranks, depth] has their rows one below the
/// other, B [columns, ranks] is zero outside of each module's outputs and ranks.
///
/// Modules that are one product see one x, and so one dropout.
final class LowRankAdapter: Sendable {
  /// What of A and B is a module's.
  struct Block: Sendable, Hashable {
    let rows: Range<Int>
    let ranks: Range<Int>
    let scale: Float
  }

  let down: Parameter
  let up: Parameter
  let blocks: [Block]
  let dropout: Float
  /// The number of this adapter among the model's, which tells its dropout from the others'.
  let index: Int

  init(down: Parameter, up: Parameter, blocks: [Block], dropout: Float, index: Int) {
    self.down = down
    self.up = up
    self.blocks = blocks
    self.dropout = dropout
    self.index = index
  }

  /// Of all modules together.
  var rank: Int { down.shape[0] }

  /// y [rows, columns] += scale · (x · Aᵀ) · Bᵀ
  func callAsFunction(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    columns: Int,
    depth: Int,
    room: TrainingRoom,
    kernels: Kernels,
    into y: inout AlignedBuffer
  ) {
    project(x, rows: rows, depth: depth, room: room, kernels: kernels)
    kernels.linear(
      room.ranks,
      rows: rows,
      weight: up.values,
      columns: columns,
      depth: rank,
      precision: room.precision,
      scratch: room.products,
      into: &y,
      adding: true
    )
  }

  /// Adds the gradients of A and B, and leaves scale · dy · B [rows, ranks] in the room.
  func accumulate(
    _ dy: borrowing AlignedBuffer,
    x: borrowing AlignedBuffer,
    rows: Int,
    columns: Int,
    depth: Int,
    room: TrainingRoom,
    kernels: Kernels
  ) {
    project(x, rows: rows, depth: depth, room: room, kernels: kernels)
    kernels.linearWeightGradient(
      dy,
      room.ranks,
      rows: rows,
      columns: columns,
      depth: rank,
      precision: room.precision,
      scratch: room.products,
      into: &up.gradient
    )
    clearOutsideBlocks(columns: columns)
    kernels.linearInputGradient(
      dy,
      rows: rows,
      weight: up.values,
      columns: columns,
      depth: rank,
      precision: room.precision,
      scratch: room.products,
      into: &room.ranks
    )
    scale(&room.ranks, rows: rows)
    accumulateDown(x, rows: rows, depth: depth, room: room, kernels: kernels)
  }

  /// dx [rows, depth] += (scale · dy · B) · A, of what `accumulate` left.
  func addInputGradient(rows: Int, depth: Int, room: TrainingRoom, kernels: Kernels, to dx: inout AlignedBuffer) {
    guard let drop = room.drop(self) else {
      return addInputGradient(rows: rows, depth: depth, room: room, kernels: kernels, into: &dx, adding: true)
    }
    addInputGradient(rows: rows, depth: depth, room: room, kernels: kernels, into: &room.dropped, adding: false)
    kernels.dropout(&room.dropped, count: rows * depth, rate: dropout, key: drop.key, counter: drop.counter)
    kernels.add(room.dropped, count: rows * depth, to: &dx)
  }

  private func addInputGradient(
    rows: Int,
    depth: Int,
    room: TrainingRoom,
    kernels: Kernels,
    into dx: inout AlignedBuffer,
    adding: Bool
  ) {
    kernels.linearInputGradient(
      room.ranks,
      rows: rows,
      weight: down.values,
      columns: rank,
      depth: depth,
      precision: room.precision,
      scratch: room.products,
      into: &dx,
      adding: adding
    )
  }

  /// scale · x · Aᵀ → room.ranks, where dropout is on with what is left of x in room.dropped.
  private func project(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    depth: Int,
    room: TrainingRoom,
    kernels: Kernels
  ) {
    if let drop = room.drop(self) {
      kernels.copy(x, count: rows * depth, to: &room.dropped)
      kernels.dropout(&room.dropped, count: rows * depth, rate: dropout, key: drop.key, counter: drop.counter)
      multiply(room.dropped, rows: rows, depth: depth, room: room, kernels: kernels)
    } else {
      multiply(x, rows: rows, depth: depth, room: room, kernels: kernels)
    }
    scale(&room.ranks, rows: rows)
  }

  private func multiply(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    depth: Int,
    room: TrainingRoom,
    kernels: Kernels
  ) {
    kernels.linear(
      x,
      rows: rows,
      weight: down.values,
      columns: rank,
      depth: depth,
      precision: room.precision,
      scratch: room.products,
      into: &room.ranks
    )
  }

  private func accumulateDown(
    _ x: borrowing AlignedBuffer,
    rows: Int,
    depth: Int,
    room: TrainingRoom,
    kernels: Kernels
  ) {
    if room.drop(self) != nil {
      accumulateDown(dropped: room.dropped, rows: rows, depth: depth, room: room, kernels: kernels)
    } else {
      accumulateDown(dropped: x, rows: rows, depth: depth, room: room, kernels: kernels)
    }
  }

  private func accumulateDown(
    dropped x: borrowing AlignedBuffer,
    rows: Int,
    depth: Int,
    room: TrainingRoom,
    kernels: Kernels
  ) {
    kernels.linearWeightGradient(
      room.ranks,
      x,
      rows: rows,
      columns: rank,
      depth: depth,
      precision: room.precision,
      scratch: room.products,
      into: &down.gradient
    )
  }

  /// Each module's ranks of x [rows, ranks] by its scale.
  private func scale(_ x: inout AlignedBuffer, rows: Int) {
    let rank = rank
    var x = x.mutableSpan
    for row in 0..<rows {
      for block in blocks {
        for index in block.ranks { x[row * rank + index] *= block.scale }
      }
    }
  }

  /// What stands between modules is no weight: its gradient stays zero, and so does it.
  private func clearOutsideBlocks(columns: Int) {
    guard blocks.count > 1 || blocks.first?.rows != 0..<columns else { return }
    var kept = [Bool](repeating: false, count: columns * rank)
    for block in blocks {
      for row in block.rows { for index in block.ranks { kept[row * rank + index] = true } }
    }
    Self.clear(&up.gradient, where: kept)
  }

  private static func clear(_ gradient: inout AlignedBuffer, where kept: [Bool]) {
    var gradient = gradient.mutableSpan
    for index in kept.indices where !kept[index] { gradient[index] = 0 }
  }
}
