import Foundation
import Tensors
import Testing

struct ActivationTests {
  /// From the tails through the borders of the approximations to the smallest numbers.
  static let values: [Float] =
    (-4000...4000).map { Float($0) / 300 } + [0.625, 0.6251, 0.9277, 0.9278, 1.3119, 1.3121].flatMap { [$0, -$0] }
    + (1...40).flatMap { exponent in [Float(pow(2.0, -Double(exponent))), -Float(pow(2.0, -Double(exponent)))] }

  static func reference(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .silu: x / (1 + exp(-x))
    case .geluTanh: x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .geluErf: x / 2 * (1 + erf(x / 2.0.squareRoot()))
    case .relu: max(x, 0)
    }
  }

  @Test(arguments: Activation.allCases)
  func `activations agree with float64 and have the same bits everywhere`(activation: Activation) {
    let results = allKernels.map { kernels in
      var y = AlignedBuffer(count: Self.values.count)
      kernels.activate(AlignedBuffer(Self.values), activation, rows: 1, width: Self.values.count, into: &y)
      return y.values
    }
    for result in results { #expect(bits(result) == bits(results[0])) }
    // x / 2 · (1 + f) in f32: half a unit in the last place of 1 + f, times x / 2.
    for (x, y) in zip(Self.values, results[0]) {
      let expected = Self.reference(activation, Double(x))
      #expect(abs(Double(y) - expected) <= 2e-7 * max(abs(expected), abs(Double(x))), "\(x)")
    }
  }

  @Test(arguments: Activation.allCases, [0, 1, 3, 40])
  func `a gate multiplies`(activation: Activation, rows: Int) {
    for width in RowOperationTests.widths {
      var noise = Noise(seed: UInt64(width))
      let x = noise.values(rows * 2 * width, scale: 12)
      let results = allKernels.map { kernels in
        var y = AlignedBuffer(count: rows * width)
        kernels.activateGated(AlignedBuffer(x), activation, rows: rows, width: width, into: &y)
        return y.values
      }
      let reference = (0..<rows * width).map { index in
        let start = index / width * 2 * width + index % width
        return Self.reference(activation, Double(x[start])) * Double(x[start + width])
      }
      for result in results { #expect(bits(result) == bits(results[0])) }
      #expect(largestError(results[0], reference) < 1e-6)
    }
  }

  @Test(arguments: Activation.allCases)
  func `activations keep NaN and saturate at the ends`(activation: Activation) {
    for kernels in allKernels {
      var y = AlignedBuffer(count: 4)
      let gates: [Float] = [.nan, 200, -200, 0], ups: [Float] = [1, 1, 1, 5]
      kernels.activateGated(AlignedBuffer(gates + ups), activation, rows: 1, width: 4, into: &y)
      #expect(y[0].isNaN)
      #expect([y[1], y[2], y[3]] == [200, 0, 0])
    }
  }

  @Test(arguments: [Float(1), 30, 50])
  func `softCap agrees with float64 and has the same bits everywhere`(cap: Float) {
    let values = Self.values.map { $0 * 10 }
    let results = allKernels.map { kernels in
      var x = AlignedBuffer(values)
      kernels.softCap(&x, at: cap, rows: 1, width: values.count)
      return x.values
    }
    for result in results { #expect(bits(result) == bits(results[0])) }
    for (x, y) in zip(values, results[0]) {
      let expected = Double(cap) * tanh(Double(x) / Double(cap))
      #expect(abs(Double(y) - expected) <= 4e-7 * abs(expected), "\(x)")
    }
  }

  @Test func `softCap keeps NaN and ends at the cap`() {
    for kernels in allKernels {
      var x = AlignedBuffer([.nan, .infinity, -.infinity, 1e30])
      kernels.softCap(&x, at: 30, rows: 2, width: 2)
      #expect(x[0].isNaN)
      #expect([x[1], x[2], x[3]] == [30, -30, 30])
    }
  }
}
