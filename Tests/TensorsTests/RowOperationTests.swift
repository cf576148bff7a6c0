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

  @Test(arguments: widths, [0, 1, 3, 70])
  func `layerNorm agrees with float64 and has the same bits everywhere`(width: Int, rows: Int) {
    var noise = Noise(seed: UInt64(width))
    let x = noise.values(rows * width, scale: 3).map { $0 + 5 }, weight = noise.values(width),
      bias = noise.values(width)
    let results = allKernels.map { kernels in
      var y = AlignedBuffer(count: rows * width)
      kernels.layerNorm(
        AlignedBuffer(x),
        weight: AlignedBuffer(weight),
        bias: AlignedBuffer(bias),
        epsilon: 1e-5,
        rows: rows,
        into: &y
      )
      return y.values
    }
    let reference = (0..<rows).flatMap { row in
      let values = x[row * width..<(row + 1) * width].map(Double.init)
      let mean = values.reduce(0, +) / Double(width)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      return (0..<width).map {
        (values[$0] - mean) / (variance + 1e-5).squareRoot() * Double(weight[$0]) + Double(bias[$0])
      }
    }
    for result in results { #expect(bits(result) == bits(results[0])) }
    #expect(largestError(results[0], reference) < 1e-5, "rounding of values near 5 that differ by less")
  }

  @Test(arguments: [1, 7, 16, 33, 128])
  func `normalizeHeads gives each query and key head the rmsNorm of its own values`(size: Int) {
    let shape = AttentionShape(headCount: 4, keyValueHeadCount: 2, headSize: size)
    var noise = Noise(seed: UInt64(size))
    let qkv = noise.values(3 * shape.width), weights = [noise.values(size), noise.values(size)]
    for kernels in allKernels {
      var all = AlignedBuffer(qkv)
      kernels.normalizeHeads(
        &all,
        rows: 3,
        shape: shape,
        queryWeight: AlignedBuffer(weights[0]),
        keyWeight: AlignedBuffer(weights[1]),
        epsilon: 1e-6
      )
      for head in 0..<24 {
        let place = head * size..<(head + 1) * size
        var expected = AlignedBuffer(Array(qkv[place]))
        if head % 8 < 6 {
          let weight = AlignedBuffer(weights[head % 8 / 4])
          kernels.rmsNorm(AlignedBuffer(Array(qkv[place])), weight: weight, epsilon: 1e-6, rows: 1, into: &expected)
        }
        #expect(bits(Array(all.values[place])) == bits(expected.values))
      }
    }
  }

  @Test(arguments: widths)
  func `scale multiplies, addRow adds one row to another`(width: Int) {
    var noise = Noise(seed: UInt64(width))
    let x = noise.values(2 * width), y = noise.values(3 * width)
    for kernels in allKernels {
      var sum = AlignedBuffer(y)
      kernels.addRow(1, of: AlignedBuffer(x), width: width, toRow: 2, of: &sum)
      #expect(sum.values == y[..<(2 * width)] + zip(x[width...], y[(2 * width)...]).map { $0 + $1 })
      kernels.scale(&sum, by: 3, count: width)
      #expect(Array(sum.values[..<width]) == y[..<width].map { $0 * 3 })
      #expect(Array(sum.values[width..<2 * width]) == Array(y[width..<2 * width]))
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
