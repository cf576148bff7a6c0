import Tensors
import Testing

struct QuantizedMultiplyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let precision: Precision
    let rows, depth, columns: Int
    var hasBias = true
    var testDescription: String { "\(precision.rawValue) [\(rows), \(depth)] · [\(columns), \(depth)]ᵀ" }
  }

  /// Every height of a tile, few rows and many, odd tails of rows, panels, groups and slices of depth.
  static let cases: [Case] = [Precision.int8, .int4].flatMap { precision in
    [
      (1, 1, 1), (1, 172, 64), (1, 64, 200), (2, 33, 33), (3, 17, 15), (4, 64, 65), (5, 31, 48), (6, 96, 17),
      (7, 8, 129), (8, 896, 40), (15, 1100, 16), (24, 64, 35), (25, 1030, 35), (31, 513, 50), (131, 80, 31),
    ].map { Case(precision: precision, rows: $0, depth: $1, columns: $2, hasBias: $0 % 2 == 1) }
  }

  @Test(arguments: cases)
  func `products have the same bits on every level and thread count, within the rounding of x`(_ test: Case) {
    var noise = Noise(seed: UInt64(test.rows * 1_000_003 + test.depth * 1009 + test.columns))
    let x = noise.values(test.rows * test.depth), w = noise.values(test.columns * test.depth)
    let bias = test.hasBias ? noise.values(test.columns) : Array(repeating: 0, count: test.columns)
    let products = allKernels.map { Product(x, w, bias, test, $0) }
    for product in products { #expect(bits(product.y) == bits(products[0].y)) }
    #expect(products[0].largestExcess(x, bias, test) < 1e-5)
  }

  /// Beyond one slice of depth and one block of rows, where a row alone goes another way.
  @Test(arguments: Precision.allCases)
  func `a row's product does not depend on the rows beside it`(precision: Precision) {
    var noise = Noise(seed: 7)
    let test = Case(precision: precision, rows: 140, depth: 1100, columns: 35)
    let x = noise.values(test.rows * test.depth), w = noise.values(test.columns * test.depth)
    let bias = noise.values(test.columns)
    for kernels in allKernels {
      let together = Product(x, w, bias, test, kernels).y
      for count in [1, 2, 3, 4, 5, 6, 7, 8, 13, 24, 25, 129] {
        let part = Case(precision: precision, rows: count, depth: test.depth, columns: test.columns)
        let first = test.rows - count
        let alone = Product(Array(x[(first * test.depth)...]), w, bias, part, kernels).y
        #expect(bits(alone) == bits(Array(together[(first * test.columns)...])))
      }
    }
  }

  @Test(arguments: [Precision.int8, .int4])
  func `NaN and infinity make their own row or column NaN and leave the others alone`(precision: Precision) {
    let test = Case(precision: precision, rows: 3, depth: 70, columns: 20)
    var x = Array(repeating: Float(1), count: test.rows * test.depth)
    var w = Array(repeating: Float(0.5), count: test.columns * test.depth)
    x[1 * test.depth + 69] = .infinity
    w[17 * test.depth + 3] = .nan
    for kernels in allKernels {
      let y = Product(x, w, Array(repeating: 2, count: test.columns), test, kernels).y
      for index in y.indices {
        #expect(y[index].isNaN == (index / test.columns == 1 || index % test.columns == 17))
      }
    }
  }

  @Test(arguments: [Precision.int8, .int4], [Float(0), 1e-38])
  func `a product with nothing is the bias exactly`(precision: Precision, magnitude: Float) {
    let test = Case(precision: precision, rows: 2, depth: 40, columns: 18)
    var noise = Noise(seed: 9)
    let bias = noise.values(test.columns), ordinary = noise.values(test.columns * test.depth)
    let nothing = Array(repeating: magnitude, count: test.columns * test.depth)
    for kernels in allKernels {
      #expect(Product(Array(nothing.prefix(80)), ordinary, bias, test, kernels).y == bias + bias)
      #expect(Product(Array(ordinary.prefix(80)), nothing, bias, test, kernels).y == bias + bias)
    }
  }

  @Test func `q8 weights are at most half a step off`() {
    var noise = Noise(seed: 5)
    let w = noise.values(32 * 16)
    let rounded = packed(w, Case(precision: .int8, rows: 0, depth: 32, columns: 16)).unpacked
    for group in stride(from: 0, to: w.count, by: 32) {
      let largest = w[group..<group + 32].map(abs).max() ?? 0
      // The step is rounded up to 8 bits: by 1/128 of itself at most.
      for index in group..<group + 32 { #expect(abs(rounded[index] - w[index]) <= largest / 127 * (0.5 + 1 / 128)) }
    }
  }

  @Test func `q4 weights are 8 % closer than even steps of the same size for normal weights`() {
    var noise = Noise(seed: 6)
    let w = (0..<64 * 512).map { _ in noise.values(12).reduce(0, +) }
    let rounded = packed(w, Case(precision: .int4, rows: 0, depth: 512, columns: 64)).unpacked
    #expect(error(rounded, w) < 0.92 * error(evenSteps(w), w))
  }

  /// The rounding of the Q4_0 blocks of GGUF files: -8 ... 7 steps, the largest magnitude at -8.
  private func evenSteps(_ w: [Float]) -> [Float] {
    stride(from: 0, to: w.count, by: 32).flatMap { group in
      let values = w[group..<group + 32]
      let step = (values.max { abs($0) < abs($1) } ?? 0) / -8
      return values.map { step * (min(15, ($0 / step + 8.5).rounded(.down)) - 8) }
    }
  }

  private func error(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }
}

/// A product, and the weights as it sees them.
private struct Product {
  let y: [Float]
  let weights: [Float]

  init(_ x: [Float], _ w: [Float], _ bias: [Float], _ test: QuantizedMultiplyTests.Case, _ kernels: Kernels) {
    var matrix = packed(w, test)
    if test.hasBias { matrix.packBias(bytes(bias).span.bytes, of: .float32, count: test.columns, at: 0) }
    var prepared = AlignedBuffer(
      count: test.rows * kernels.preparedValueCount(test.precision, depth: test.depth)
    )
    var output = AlignedBuffer(count: test.rows * test.columns)
    kernels.multiply(AlignedBuffer(x), rows: test.rows, by: matrix, prepared: &prepared, into: &output)
    y = output.values
    weights = matrix.unpacked
  }

  /// How much further off y is than the rounding of x can explain: half a step, 1/254 of a group's largest magnitude.
  func largestExcess(_ x: [Float], _ bias: [Float], _ test: QuantizedMultiplyTests.Case) -> Double {
    var largest = -Double.infinity
    for index in y.indices {
      let row = index / test.columns * test.depth, column = index % test.columns * test.depth
      var sum = Double(bias[index % test.columns]), allowed = 0.0
      for group in stride(from: 0, to: test.depth, by: 32) {
        let depths = group..<min(group + 32, test.depth)
        let step = Double(depths.map { abs(x[row + $0]) }.max() ?? 0) / 127
        for k in depths {
          sum += Double(x[row + k]) * Double(weights[column + k])
          allowed += step / 2 * Double(abs(weights[column + k]))
        }
      }
      largest = max(largest, abs(Double(y[index]) - sum) - allowed)
    }
    return largest
  }
}

private func packed(_ w: [Float], _ test: QuantizedMultiplyTests.Case) -> PackedMatrix {
  var matrix = PackedMatrix(
    columns: test.columns,
    depth: test.depth,
    precision: test.precision,
    hasBias: test.hasBias
  )
  matrix.pack(bytes(w).span.bytes, of: .float32, rows: test.columns, at: 0, pool: ThreadPool(threads: 1))
  return matrix
}

extension PackedMatrix {
  fileprivate var unpacked: [Float] {
    var values = AlignedBuffer(count: columns * depth)
    for row in 0..<columns { unpack(row: row, into: &values, at: row * depth) }
    return values.values
  }
}
