import Tensors
import Testing

struct MultiplyTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let rows, depth, columns: Int
    let hasBias: Bool
    var testDescription: String { "[\(rows), \(depth)] · [\(columns), \(depth)]ᵀ\(hasBias ? " + bias" : "")" }
  }

  /// Every register tile, odd tails of rows, panels and slices of depth, and nothing at all.
  static let shapes: [Shape] = [
    (0, 5, 7), (1, 1, 1), (1, 64, 16), (1, 172, 64), (1, 40, 200), (2, 3, 33), (3, 17, 15), (4, 64, 65), (5, 31, 48),
    (6, 96, 17), (7, 8, 129), (8, 33, 40), (12, 64, 344), (13, 1030, 35), (31, 513, 50), (100, 512, 31), (97, 600, 150),
  ].flatMap { rows, depth, columns in
    [false, true].map { Shape(rows: rows, depth: depth, columns: columns, hasBias: $0) }
  }

  @Test(arguments: shapes)
  func `products have the same bits on every level and thread count and agree with float64`(shape: Shape) {
    var noise = Noise(seed: UInt64(shape.rows * 1_000_003 + shape.depth * 1009 + shape.columns))
    let x = noise.values(shape.rows * shape.depth)
    let w = noise.values(shape.columns * shape.depth)
    let bias = shape.hasBias ? noise.values(shape.columns) : Array(repeating: 0, count: shape.columns)
    let results = allKernels.map { multiply(x, w, bias, shape, $0) }
    for result in results { #expect(bits(result) == bits(results[0])) }
    #expect(largestError(results[0], reference(x, w, bias, shape)) < 1e-5, "rounding over a depth of \(shape.depth)")
  }

  @Test(arguments: allKernels.indices)
  func `a row's product does not depend on the rows beside it`(index: Int) {
    var noise = Noise(seed: 7)
    let shape = Shape(rows: 61, depth: 700, columns: 83, hasBias: true)
    let x = noise.values(shape.rows * shape.depth), w = noise.values(shape.columns * shape.depth)
    let bias = noise.values(shape.columns)
    let together = multiply(x, w, bias, shape, allKernels[index])
    for count in 1...15 {
      let part = Shape(rows: count, depth: shape.depth, columns: shape.columns, hasBias: true)
      let first = 61 - count
      let alone = multiply(Array(x[(first * shape.depth)...]), w, bias, part, allKernels[index])
      #expect(bits(alone) == bits(Array(together[(first * shape.columns)...])))
    }
  }

  @Test func `a matrix packed in parts unpacks to its rows`() {
    var noise = Noise(seed: 3)
    let depth = 29, counts = [5, 40, 1, 16]
    let parts = counts.map { noise.values($0 * depth) }
    var matrix = PackedMatrix(columns: counts.reduce(0, +), depth: depth, precision: .float32)
    let pool = ThreadPool(threads: 2)
    var row = 0
    for (part, count) in zip(parts, counts) {
      matrix.pack(bytes(part).span.bytes, of: .float32, rows: count, at: row, pool: pool)
      row += count
    }
    let all = parts.flatMap { $0 }
    for row in 0..<matrix.columns {
      var target = AlignedBuffer(count: depth)
      matrix.unpack(row: row, into: &target, at: 0)
      #expect(target.values == Array(all[row * depth..<(row + 1) * depth]))
    }
  }

  @Test(arguments: [1, 15, 16, 50, 200])
  func `a matrix packed from its transpose unpacks to its rows`(columns: Int) {
    var noise = Noise(seed: 4)
    let depth = 29, values = noise.values(depth * columns)
    var matrix = PackedMatrix(columns: columns, depth: depth, precision: .float32)
    matrix.pack(transposed: AlignedBuffer(values), pool: ThreadPool(threads: 2))
    for row in 0..<columns {
      var target = AlignedBuffer(count: depth)
      matrix.unpack(row: row, into: &target, at: 0)
      #expect(target.values == (0..<depth).map { values[$0 * columns + row] })
    }
  }

  private func multiply(_ x: [Float], _ w: [Float], _ bias: [Float], _ shape: Shape, _ kernels: Kernels) -> [Float] {
    var matrix = PackedMatrix(columns: shape.columns, depth: shape.depth, precision: .float32, hasBias: shape.hasBias)
    matrix.pack(bytes(w).span.bytes, of: .float32, rows: shape.columns, at: 0, pool: kernels.pool)
    if shape.hasBias { matrix.packBias(bytes(bias).span.bytes, of: .float32, count: shape.columns, at: 0) }
    let input = AlignedBuffer(x)
    var output = AlignedBuffer(count: shape.rows * shape.columns)
    var prepared = AlignedBuffer(count: 0)
    kernels.multiply(input, rows: shape.rows, by: matrix, prepared: &prepared, into: &output)
    return output.values
  }

  private func reference(_ x: [Float], _ w: [Float], _ bias: [Float], _ shape: Shape) -> [Double] {
    (0..<shape.rows * shape.columns).map { index in
      let row = index / shape.columns, column = index % shape.columns
      return (0..<shape.depth).reduce(Double(bias[column])) { sum, k in
        sum + Double(x[row * shape.depth + k]) * Double(w[column * shape.depth + k])
      }
    }
  }
}
