import Foundation
import Tensors
import Testing

struct ActivationGradientTests {
  /// Central differences of the activation in f64; relu has none at 0.
  private static func slope(_ activation: Activation, _ x: Float) -> Double {
    if activation == .relu { return x > 0 ? 1 : 0 }
    let x = Double(x), step = 1e-6 * max(1, abs(x))
    return (ActivationTests.reference(activation, x + step) - ActivationTests.reference(activation, x - step))
      / (2 * step)
  }

  @Test(arguments: Activation.allCases)
  func `gradients of activations are central differences and have the same bits everywhere`(activation: Activation) {
    let values = ActivationTests.values, count = values.count
    var noise = Noise(seed: 1)
    let dy = noise.values(count)
    let results = allKernels.map { kernels in
      var dx = AlignedBuffer(values)
      kernels.activateGradient(AlignedBuffer(dy), activation, rows: 1, width: count, inPlaceOf: &dx)
      return dx.values
    }
    for result in results { #expect(bits(result) == bits(results[0])) }
    for (index, x) in values.enumerated() {
      let expected = Double(dy[index]) * Self.slope(activation, x)
      #expect(abs(Double(results[0][index]) - expected) <= 1e-6, "\(x)")
    }
  }

  @Test(arguments: Activation.allCases, [0, 1, 3, 300])
  func `gradients of a gate and what it gates are central differences`(activation: Activation, rows: Int) {
    for width in [1, 15, 16, 17, 100] {
      var noise = Noise(seed: UInt64(width))
      let x = noise.values(rows * 2 * width, scale: 5), dy = noise.values(rows * width)
      let results = allKernels.map { kernels in
        var dx = AlignedBuffer(x)
        kernels.activateGatedGradient(AlignedBuffer(dy), activation, rows: rows, width: width, inPlaceOf: &dx)
        return dx.values
      }
      let reference = x.indices.map { index in
        let row = index / (2 * width), place = index % (2 * width), column = place % width
        let gate = x[row * 2 * width + column], up = x[row * 2 * width + width + column]
        let slope =
          place < width
          ? Double(up) * Self.slope(activation, gate) : ActivationTests.reference(activation, Double(gate))
        return Double(dy[row * width + column]) * slope
      }
      for result in results { #expect(bits(result) == bits(results[0])) }
      #expect(largestError(results[0], reference) < 2e-6)
    }
  }

  @Test(arguments: Activation.allCases)
  func `slopes end at 0 and 1, and NaN stays`(activation: Activation) {
    for kernels in allKernels {
      var dx = AlignedBuffer([200, 1e30, -200, -1e30, 1])
      kernels.activateGradient(AlignedBuffer([2, 2, 2, 2, .nan]), activation, rows: 1, width: 5, inPlaceOf: &dx)
      #expect(Array(dx.values[..<4]) == [2, 2, 0, 0])
      #expect(dx[4].isNaN)
    }
  }

  @Test(arguments: [Float(1), 30])
  func `the gradient of softCap is a central difference`(cap: Float) {
    let x = ActivationTests.values.map { $0 * 5 }, count = x.count
    var noise = Noise(seed: 2)
    let dy = noise.values(count)
    let results = allKernels.map { kernels in
      var capped = AlignedBuffer(x), gradient = AlignedBuffer(dy)
      kernels.softCap(&capped, at: cap, rows: 1, width: count)
      kernels.softCapGradient(&gradient, capped: capped, at: cap, rows: 1, width: count)
      return gradient.values
    }
    for result in results { #expect(bits(result) == bits(results[0])) }
    for index in x.indices {
      let step = 1e-4, value = Double(x[index]), bound = Double(cap)
      let slope = bound * (tanh((value + step) / bound) - tanh((value - step) / bound)) / (2 * step)
      #expect(abs(Double(results[0][index]) - Double(dy[index]) * slope) < 1e-6, "\(value)")
    }
  }
}
