import Foundation
import Tensors
import Testing

struct RowOperationTests {
  static let widths = [1, 2, 7, 15, 16, 17, 31, 32, 64, 100, 172, 1000]

  @Test(arguments: widths, [0, 1, 3, 70])
  func `rmsNorm agrees with float64 and has the same bits everywhere`(width: Int, rows: Int) {
    var noise = Noise(seed: UInt64(width))
    let x = noise.values(rows * width, scale: 3), weight = noise.values(width)
    let results = allKernels.map { kernels in
      var y = AlignedBuffer(count: rows * width)
      kernels.rmsNorm(AlignedBuffer(x), weight: AlignedBuffer(weight), epsilon: 1e-5, rows: rows, into: &y)
      return y.values
    }
    let reference = (0..<rows).flatMap { row in
      let values = x[row * width..<(row + 1) * width].map(Double.init)
      let mean = values.reduce(0) { $0 + $1 * $1 } / Double(width)
      return zip(values, weight).map { $0 / (mean + 1e-5).squareRoot() * Double($1) }
    }
    for result in results { #expect(bits(result) == bits(results[0])) }
    #expect(largestError(results[0], reference) < 1e-6)
  }

  @Test(arguments: widths, [0, 1, 3, 40])
  func `swiGLU agrees with float64 and has the same bits everywhere`(width: Int, rows: Int) {
    var noise = Noise(seed: UInt64(width))
    let x = noise.values(rows * 2 * width, scale: 12)
    let results = allKernels.map { kernels in
      var y = AlignedBuffer(count: rows * width)
      kernels.swiGLU(AlignedBuffer(x), rows: rows, width: width, into: &y)
      return y.values
    }
    let reference = (0..<rows * width).map { index in
      let gate = Double(x[index / width * 2 * width + index % width])
      return gate / (1 + exp(-gate)) * Double(x[index / width * 2 * width + width + index % width])
    }
    for result in results { #expect(bits(result) == bits(results[0])) }
    #expect(largestError(results[0], reference) < 1e-6)
  }

  @Test func `swiGLU keeps NaN and saturates at the ends`() {
    for kernels in allKernels {
      var y = AlignedBuffer(count: 4)
      let gates: [Float] = [.nan, 200, -200, 0], ups: [Float] = [1, 1, 1, 5]
      kernels.swiGLU(AlignedBuffer(gates + ups), rows: 1, width: 4, into: &y)
      #expect(y[0].isNaN)
      #expect([y[1], y[2], y[3]] == [200, 0, 0])
    }
  }

  @Test(arguments: [0] + widths)
  func `add adds`(count: Int) {
    var noise = Noise(seed: UInt64(count))
    let x = noise.values(count), y = noise.values(count)
    for kernels in allKernels {
      var sum = AlignedBuffer(y)
      kernels.add(AlignedBuffer(x), count: count, to: &sum)
      #expect(sum.values == zip(x, y).map { $0 + $1 })
    }
  }

  @Test(arguments: [1, 2, 15, 16, 17, 512, 1003], [Float(0.25), 1, 3])
  func `softmax agrees with float64 and has the same bits everywhere`(count: Int, temperature: Float) {
    var noise = Noise(seed: UInt64(count))
    let x = noise.values(count, scale: 30)
    let results = allKernels.map { kernels in
      var y = [Float](repeating: 0, count: count)
      var target = y.mutableSpan
      kernels.softmax(x.span, temperature: temperature, into: &target)
      return y
    }
    let largest = x.max() ?? 0
    let exponentials = x.map { exp(Double($0 - largest) / Double(temperature)) }
    let sum = exponentials.reduce(0, +)
    for result in results { #expect(bits(result) == bits(results[0])) }
    #expect(largestError(results[0], exponentials.map { $0 / sum }) < 1e-6)
    for kernels in allKernels {
      let expected = log(x.reduce(0) { $0 + exp(Double($1 - largest)) }) + Double(largest)
      #expect(abs(kernels.logSumExp(x.span) - expected) < 1e-5)
    }
  }

  @Test func `argmax takes the first of equals and never NaN`() {
    for kernels in allKernels {
      #expect(kernels.argmax([Float]().span) == nil)
      #expect(kernels.argmax([Float.nan, .nan].span) == nil)
      #expect(kernels.argmax([-Float.infinity].span) == 0)
      var values = [Float](repeating: -2, count: 100)
      values[0] = .nan
      values[37] = 5
      values[71] = 5
      #expect(kernels.argmax(values.span) == 37)
      values[99] = 6
      #expect(kernels.argmax(values.span) == 99)
    }
  }
}
