internal import Tensors

/// A linear layer over parameters: y = x · wᵀ + bias + scale · (x · Aᵀ) · Bᵀ, the last with an adapter.
final class TrainedLinear: Sendable {
  /// [columns, depth]
  let weight: Parameter
  /// [columns]
  let bias: Parameter?
  let adapter: LowRankAdapter?
  let room: TrainingRoom

  init(weight: Parameter, bias: Parameter? = nil, adapter: LowRankAdapter? = nil, room: TrainingRoom) {
    self.weight = weight
    self.bias = bias
    self.adapter = adapter
    self.room = room
    room.reserve(columns: weight.shape[0], depth: weight.shape[1], rank: adapter?.rank ?? 0)
    if let adapter, adapter.dropout > 0 { room.reserveDropout(width: weight.shape[1]) }
  }

  var columns: Int { weight.shape[0] }
  var depth: Int { weight.shape[1] }

  var learns: Bool { weight.isTrainable || bias?.isTrainable ?? false || adapter != nil }

  /// Whether its gradients are made of what it read.
  var readsInput: Bool { weight.isTrainable || adapter != nil }

  /// x [rows, depth] → y [rows, columns]
  func callAsFunction(_ x: borrowing AlignedBuffer, rows: Int, kernels: Kernels, into y: inout AlignedBuffer) {
    if let bias {
      kernels.linear(
        x,
        rows: rows,
        weight: weight.values,
        columns: columns,
        depth: depth,
        bias: bias.values,
        precision: room.precision,
        scratch: room.products,
        into: &y
      )
    } else {
      kernels.linear(
        x,
        rows: rows,
        weight: weight.values,
        columns: columns,
        depth: depth,
        precision: room.precision,
        scratch: room.products,
        into: &y
      )
    }
    adapter?(x, rows: rows, columns: columns, depth: depth, room: room, kernels: kernels, into: &y)
  }

  /// Adds the gradients of weights, bias and adapter; x [rows, depth] becomes d(loss)/dx.
  /// - Parameters:
  ///   - dy: d(loss)/dy [rows, columns]
  ///   - x: anything unless the layer `readsInput`.
  ///   - passesOn: false: nobody asks for d(loss)/dx.
  func backward(
    _ dy: borrowing AlignedBuffer,
    rows: Int,
    kernels: Kernels,
    inPlaceOf x: inout AlignedBuffer,
    passesOn: Bool = true
  ) {
    accumulate(dy, rows: rows, kernels: kernels, x: x)
    adapter?.accumulate(dy, x: x, rows: rows, columns: columns, depth: depth, room: room, kernels: kernels)
    guard passesOn else { return }
    kernels.linearInputGradient(
      dy,
      rows: rows,
      weight: weight.values,
      columns: columns,
      depth: depth,
      precision: room.precision,
      scratch: room.products,
      into: &x
    )
    adapter?.addInputGradient(rows: rows, depth: depth, room: room, kernels: kernels, to: &x)
  }

  private func accumulate(_ dy: borrowing AlignedBuffer, rows: Int, kernels: Kernels, x: borrowing AlignedBuffer) {
    if weight.isTrainable {
      kernels.linearWeightGradient(
        dy,
        x,
        rows: rows,
        columns: columns,
        depth: depth,
        precision: room.precision,
        scratch: room.products,
        into: &weight.gradient
      )
    }
    if let bias, bias.isTrainable {
      kernels.linearBiasGradient(dy, rows: rows, columns: columns, into: &bias.gradient)
    }
  }

  /// Rows `tokens` of the weight into y [tokens.count, depth].
  func lookUp(_ tokens: [Int32], kernels: Kernels, into y: inout AlignedBuffer) {
    for (row, token) in tokens.enumerated() {
      precondition(token >= 0 && token < columns, "row \(token) is outside \(columns)")
      kernels.copyRow(Int(token), of: weight.values, width: depth, toRow: row, of: &y)
    }
  }

  /// As `lookUp`, backwards: adds dy [tokens.count, depth] to the gradient's rows.
  func lookUpBackward(_ dy: borrowing AlignedBuffer, tokens: [Int32], kernels: Kernels) {
    guard weight.isTrainable else { return }
    kernels.addEmbeddingGradient(dy, tokens: tokens, width: depth, into: &weight.gradient)
  }
}
