import Tensors
import Testing

struct TableGradientTests {
  @Test(arguments: [1, 15, 16, 100, 600], [0, 1, 40, 500])
  func `rows of a table get the gradients of their tokens in the order of rows`(width: Int, count: Int) {
    var noise = Noise(seed: UInt64(width + count))
    let dx = noise.values(count * width), start = noise.values(10 * width)
    let tokens = (0..<count).map { Int32(($0 * 7) % 10) }
    var expected = start
    for (row, token) in tokens.enumerated() {
      for column in 0..<width { expected[Int(token) * width + column] += dx[row * width + column] }
    }
    for kernels in allKernels {
      var gradient = AlignedBuffer(start)
      kernels.addEmbeddingGradient(AlignedBuffer(dx), tokens: tokens, width: width, into: &gradient)
      #expect(bits(gradient.values) == bits(expected))
    }
  }

  @Test func `an embedding that was scaled scales its gradient`() {
    for kernels in allKernels {
      var gradient = AlignedBuffer([1, 2])
      kernels.addEmbeddingGradient(AlignedBuffer([3, 4]), tokens: [0], width: 2, factor: 2, into: &gradient)
      #expect(gradient.values == [7, 10])
    }
  }

  @Test func `rows of a position table get the gradients of the rows that stand there`() {
    var rows = BatchRows(maximumRows: 5, maximumBlocks: 2)
    rows.append(rowCount: 2, position: 1, blockTable: [0])
    rows.append(rowCount: 3, position: 0, blockTable: [1])
    for kernels in allKernels {
      var gradient = AlignedBuffer(count: 5)
      kernels.addPositionGradient(
        AlignedBuffer([1, 2, 4, 8, 16]),
        rows: rows,
        firstPosition: 2,
        width: 1,
        into: &gradient
      )
      #expect(gradient.values == [0, 0, 4, 9, 18])
    }
  }

  @Test func `a token that the table does not have traps`() async {
    await #expect(processExitsWith: .failure) {
      var gradient = AlignedBuffer(count: 4)
      let dx = AlignedBuffer(count: 2)
      Kernels(pool: ThreadPool(threads: 1)).addEmbeddingGradient(dx, tokens: [2], width: 2, into: &gradient)
    }
  }
}
