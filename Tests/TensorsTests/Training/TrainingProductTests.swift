import Tensors
import Testing

struct TrainingProductTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let rows, columns, depth: Int
    var testDescription: String { "[\(rows), \(depth)] · [\(columns), \(depth)]ᵀ" }
  }

  /// Nothing, one, odd tails of tiles, panels and items, and more than one slice in each direction.
  static let shapes: [Shape] = [
    (0, 5, 7), (1, 1, 1), (1, 64, 16), (3, 17, 15), (7, 65, 33), (16, 16, 16), (33, 130, 31), (97, 8, 70), (130, 70, 8),
    (5, 40, 1030), (6, 1041, 37), (1027, 19, 34), (120, 100, 90),
  ].map { Shape(rows: $0, columns: $1, depth: $2) }

  @Test(arguments: shapes)
  func `products agree with float64 and have the same bits on every level and thread count`(shape: Shape) {
    let operands = TrainingOperands(shape)
    let results = allKernels.map { operands.run($0, .float32, scratchRows: max(shape.rows, 1)) }
    for result in results { #expect(result.map(bits) == results[0].map(bits)) }
    for (ours, reference) in zip(results[0], operands.reference) {
      #expect(largestError(ours, reference) < 2e-5, "rounding over up to 1041 terms")
    }
  }

  @Test(arguments: shapes)
  func `products in bf16 agree with float64 within their rounding, whatever the number of threads`(shape: Shape) {
    let operands = TrainingOperands(shape)
    for level in KernelLevel.available {
      let kernels = allKernels.filter { $0.level == level }
      let results = kernels.map { operands.run($0, .bfloat16, scratchRows: max(shape.rows, 1)) }
      for result in results { #expect(result.map(bits) == results[0].map(bits)) }
      for (ours, reference) in zip(results[0], operands.reference) {
        #expect(largestError(ours, reference) < 0.01, "8 bits of each factor")
      }
    }
  }

  @Test func `the size of the scratch does not show`() {
    let shape = Shape(rows: 20, columns: 1500, depth: 40)
    let operands = TrainingOperands(shape)
    for kernels in allKernels {
      let tight = operands.run(kernels, .float32, scratchRows: 20)
      let wide = operands.run(kernels, .float32, scratchRows: 400)
      #expect(tight.map(bits) == wide.map(bits))
    }
  }

  @Test func `rows from another than the first on are products of their own`() {
    let shape = Shape(rows: 9, columns: 21, depth: 18)
    let operands = TrainingOperands(shape), kernels = allKernels[1]
    let scratch = ProductScratch(kernels: kernels, maximumRows: 9, maximumColumns: 21, maximumDepth: 18)
    let x = AlignedBuffer(operands.x), w = AlignedBuffer(operands.w)
    var all = AlignedBuffer(count: 9 * 21), part = AlignedBuffer(count: 5 * 21)
    kernels.linear(
      x,
      rows: 9,
      weight: w,
      columns: 21,
      depth: 18,
      precision: .float32,
      scratch: scratch,
      into: &all
    )
    kernels.linear(
      x,
      firstRow: 4,
      rows: 5,
      weight: w,
      columns: 21,
      depth: 18,
      precision: .float32,
      scratch: scratch,
      into: &part
    )
    #expect(part.values == Array(all.values[(4 * 21)...]))
    var dx = AlignedBuffer(count: 9 * 18), dxPart = AlignedBuffer(count: 9 * 18)
    let dy = AlignedBuffer(operands.dy), dyPart = AlignedBuffer(Array(operands.dy[(4 * 21)...]))
    kernels.linearInputGradient(
      dy,
      rows: 9,
      weight: w,
      columns: 21,
      depth: 18,
      precision: .float32,
      scratch: scratch,
      into: &dx
    )
    kernels.linearInputGradient(
      dyPart,
      rows: 5,
      weight: w,
      columns: 21,
      depth: 18,
      precision: .float32,
      scratch: scratch,
      into: &dxPart,
      firstRow: 4
    )
    #expect(dxPart.values == [Float](repeating: 0, count: 4 * 18) + dx.values[(4 * 18)...])
  }

  @Test func `weight gradients of parts of the rows add up to the one of all, bit for bit`() {
    let shape = Shape(rows: 48, columns: 33, depth: 40)
    let operands = TrainingOperands(shape), kernels = allKernels[0]
    let scratch = ProductScratch(kernels: kernels, maximumRows: 48, maximumColumns: 33, maximumDepth: 40)
    let x = AlignedBuffer(operands.x)
    var whole = AlignedBuffer(count: 33 * 40), parts = AlignedBuffer(count: 33 * 40)
    kernels.linearWeightGradient(
      AlignedBuffer(operands.dy),
      x,
      rows: 48,
      columns: 33,
      depth: 40,
      precision: .float32,
      scratch: scratch,
      into: &whole
    )
    for first in [0, 16, 32] {
      let dy = AlignedBuffer(Array(operands.dy[(first * 33)..<(first + 16) * 33]))
      kernels.linearWeightGradient(
        dy,
        x,
        firstRow: first,
        rows: 16,
        columns: 33,
        depth: 40,
        precision: .float32,
        scratch: scratch,
        into: &parts
      )
    }
    #expect(bits(parts.values) == bits(whole.values))
  }

  @Test(arguments: [0, 1, 2, 37, 300])
  func `a bias gradient is the sum of each column in the order of rows`(rows: Int) {
    var noise = Noise(seed: UInt64(rows))
    for columns in [1, 15, 16, 33, 100, 700] {
      let dy = noise.values(rows * columns), start = noise.values(columns)
      let expected = (0..<columns).map { column in
        (0..<rows).reduce(start[column]) { $0 + dy[$1 * columns + column] }
      }
      for kernels in allKernels {
        var db = AlignedBuffer(start)
        kernels.linearBiasGradient(AlignedBuffer(dy), rows: rows, columns: columns, into: &db)
        #expect(bits(db.values) == bits(expected))
      }
    }
  }

  @Test func `a weight shorter than its shape traps`() async {
    await #expect(processExitsWith: .failure) {
      let kernels = Kernels(pool: ThreadPool(threads: 1))
      let scratch = ProductScratch(kernels: kernels, maximumRows: 2, maximumColumns: 4, maximumDepth: 4)
      let x = AlignedBuffer(count: 8), weight = AlignedBuffer(count: 15)
      var y = AlignedBuffer(count: 8)
      kernels.linear(
        x,
        rows: 2,
        weight: weight,
        columns: 4,
        depth: 4,
        precision: .float32,
        scratch: scratch,
        into: &y
      )
    }
  }

  @Test func `more rows than the scratch was made for trap`() async {
    await #expect(processExitsWith: .failure) {
      let kernels = Kernels(pool: ThreadPool(threads: 1))
      let scratch = ProductScratch(kernels: kernels, maximumRows: 2, maximumColumns: 4, maximumDepth: 4)
      let x = AlignedBuffer(count: 4000), dy = AlignedBuffer(count: 4000)
      var dw = AlignedBuffer(count: 16)
      kernels.linearWeightGradient(
        dy,
        x,
        rows: 1000,
        columns: 4,
        depth: 4,
        precision: .float32,
        scratch: scratch,
        into: &dw
      )
    }
  }
}
