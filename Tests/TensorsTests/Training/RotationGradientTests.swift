import Foundation
import Tensors
import Testing

struct RotationGradientTests {
  static let shape = AttentionShape(headCount: 2, keyValueHeadCount: 1, headSize: 44)

  private static func angles(rows: Int, width: Int) -> RotaryAngles {
    var angles = RotaryAngles(maximumRows: rows, width: width)
    for row in 0..<rows {
      for pair in 0..<width / 2 {
        let angle = Double(row * 7 + 1) * pow(100, -2 * Double(pair) / Double(width))
        angles.set(row: row, pair: pair, cosine: Float(cos(angle)), sine: Float(sin(angle)))
      }
    }
    return angles
  }

  @Test(arguments: [0, 2, 32, 44], [1, 200])
  func `rotating back undoes a rotation, and values stay`(width: Int, rows: Int) {
    var noise = Noise(seed: UInt64(width))
    let shape = Self.shape, x = noise.values(rows * shape.width), angles = Self.angles(rows: rows, width: width)
    let results = allKernels.map { kernels in
      var turned = AlignedBuffer(x)
      kernels.rotate(&turned, rows: rows, shape: shape, angles: angles)
      let forward = turned.values
      kernels.rotateGradient(&turned, rows: rows, shape: shape, angles: angles)
      return [forward, turned.values]
    }
    for result in results { #expect(result.map(bits) == results[0].map(bits)) }
    #expect(largestError(results[0][1], x.map(Double.init)) < 1e-6)
    for row in 0..<rows {
      let values = row * shape.width + 3 * 44..<(row + 1) * shape.width
      #expect(results[0][0][values] == x[values])
    }
  }

  @Test func `the gradient of a rotation is a central difference`() {
    var noise = Noise(seed: 5)
    let shape = Self.shape, x = noise.values(shape.width), dy = noise.values(shape.width)
    let angles = Self.angles(rows: 1, width: 32), kernels = allKernels[0]
    var dx = AlignedBuffer(dy)
    kernels.rotateGradient(&dx, rows: 1, shape: shape, angles: angles)
    let reference = centralDifferences(x) { x in
      let turned = x.indices.map { index in
        let head = index / 44, place = index % 44
        guard head < 3, place < 32 else { return x[index] }
        let pair = place % 16, angle = pow(100, -2 * Double(pair) / 32)
        let first = x[head * 44 + pair], second = x[head * 44 + pair + 16]
        return place < 16 ? first * cos(angle) - second * sin(angle) : second * cos(angle) + first * sin(angle)
      }
      return weighted(turned, by: dy)
    }
    #expect(largestError(dx.values, reference) < 1e-6)
  }
}
