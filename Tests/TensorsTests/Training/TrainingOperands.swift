import Tensors

/// The operands of the three products of a layer, and what they start from.
struct TrainingOperands {
  let shape: TrainingProductTests.Shape
  let x, w, bias, dy, y, dx, dw: [Float]

  init(_ shape: TrainingProductTests.Shape) {
    self.shape = shape
    var noise = Noise(seed: UInt64(shape.rows * 1_000_003 + shape.columns * 1009 + shape.depth))
    x = noise.values(shape.rows * shape.depth)
    w = noise.values(shape.columns * shape.depth)
    bias = noise.values(shape.columns)
    dy = noise.values(shape.rows * shape.columns)
    y = noise.values(shape.rows * shape.columns)
    dx = noise.values(shape.rows * shape.depth)
    dw = noise.values(shape.columns * shape.depth)
  }

  /// y = x · wᵀ + bias and y += x · wᵀ, dx = dy · w and dx += dy · w, dw += dyᵀ · x.
  func run(_ kernels: Kernels, _ precision: Precision, scratchRows: Int) -> [[Float]] {
    let rows = shape.rows, columns = shape.columns, depth = shape.depth
    let scratch = ProductScratch(
      kernels: kernels,
      maximumRows: scratchRows,
      maximumColumns: columns,
      maximumDepth: depth
    )
    let x = AlignedBuffer(x), w = AlignedBuffer(w), dy = AlignedBuffer(dy)
    var outputs: [[Float]] = []
    for adding in [false, true] {
      var y = AlignedBuffer(y), biased = AlignedBuffer(self.y), dx = AlignedBuffer(dx)
      kernels.linear(
        x,
        rows: rows,
        weight: w,
        columns: columns,
        depth: depth,
        bias: AlignedBuffer(bias),
        precision: precision,
        scratch: scratch,
        into: &biased,
        adding: adding
      )
      kernels.linear(
        x,
        rows: rows,
        weight: w,
        columns: columns,
        depth: depth,
        precision: precision,
        scratch: scratch,
        into: &y,
        adding: adding
      )
      kernels.linearInputGradient(
        dy,
        rows: rows,
        weight: w,
        columns: columns,
        depth: depth,
        precision: precision,
        scratch: scratch,
        into: &dx,
        adding: adding
      )
      outputs += [biased.values, y.values, dx.values]
    }
    var dw = AlignedBuffer(dw)
    kernels.linearWeightGradient(
      dy,
      x,
      rows: rows,
      columns: columns,
      depth: depth,
      precision: precision,
      scratch: scratch,
      into: &dw
    )
    return outputs + [dw.values]
  }

  var reference: [[Double]] {
    let rows = shape.rows, columns = shape.columns, depth = shape.depth
    let product = (0..<rows * columns).map { index in
      (0..<depth).reduce(0.0) { $0 + Double(x[index / columns * depth + $1]) * Double(w[index % columns * depth + $1]) }
    }
    let input = (0..<rows * depth).map { index in
      (0..<columns).reduce(0.0) {
        $0 + Double(dy[index / depth * columns + $1]) * Double(w[$1 * depth + index % depth])
      }
    }
    let weight = (0..<columns * depth).map { index in
      (0..<rows).reduce(Double(dw[index])) {
        $0 + Double(dy[$1 * columns + index / depth]) * Double(x[$1 * depth + index % depth])
      }
    }
    let biased = product.indices.map { product[$0] + Double(bias[$0 % columns]) }
    return [
      biased, product, input, sum(biased, y), sum(product, y), sum(input, dx), weight,
    ]
  }

  private func sum(_ a: [Double], _ b: [Float]) -> [Double] { zip(a, b).map { $0 + Double($1) } }
}
