import Tensors
import Testing

struct NormGradientTests {
  static let widths = [1, 2, 15, 16, 17, 48, 100]

  private static func rmsNorm(_ x: ArraySlice<Double>, _ weight: [Double]) -> [Double] {
    let mean = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    return zip(x, weight).map { $0 / (mean + 1e-5).squareRoot() * $1 }
  }

  private static func layerNorm(_ x: ArraySlice<Double>, _ weight: [Double]) -> [Double] {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    return zip(x, weight).map { ($0 - mean) / (variance + 1e-5).squareRoot() * $1 }
  }

  /// All rows of `width` values.
  private static func rows(
    _ x: [Double],
    _ weight: [Double],
    _ norm: (ArraySlice<Double>, [Double]) -> [Double]
  ) -> [Double] {
    stride(from: 0, to: x.count, by: weight.count).flatMap { norm(x[$0..<$0 + weight.count], weight) }
  }

  @Test(arguments: widths, [1, 5])
  func `rmsNorm's gradients are central differences`(width: Int, rows: Int) {
    let (x, dy, weight, start) = operands(width: width, rows: rows)
    let results = allKernels.map { kernels in
      var dx = AlignedBuffer(start), dw = AlignedBuffer(Array(start[..<width]))
      kernels.rmsNormGradient(
        AlignedBuffer(dy),
        AlignedBuffer(x),
        weight: AlignedBuffer(weight),
        epsilon: 1e-5,
        rows: rows,
        into: &dx,
        adding: true,
        weightGradient: &dw
      )
      return [dx.values, dw.values]
    }
    let dx = centralDifferences(x) { weighted(Self.rows($0, weight.map(Double.init), Self.rmsNorm), by: dy) }
    let dw = centralDifferences(weight) { weighted(Self.rows(x.map(Double.init), $0, Self.rmsNorm), by: dy) }
    for result in results { #expect(result.map(bits) == results[0].map(bits)) }
    #expect(largestError(results[0][0], sum(dx, start)) < 2e-6)
    #expect(largestError(results[0][1], sum(dw, start)) < 2e-6)
  }

  @Test(arguments: widths, [1, 5])
  func `layerNorm's gradients are central differences`(width: Int, rows: Int) {
    let (x, dy, weight, start) = operands(width: width, rows: rows)
    let results = allKernels.map { kernels in
      var dx = AlignedBuffer(start)
      var dw = AlignedBuffer(Array(start[..<width])), db = AlignedBuffer(Array(start[..<width]))
      kernels.layerNormGradient(
        AlignedBuffer(dy),
        AlignedBuffer(x),
        weight: AlignedBuffer(weight),
        epsilon: 1e-5,
        rows: rows,
        into: &dx,
        adding: true,
        weightGradient: &dw,
        biasGradient: &db
      )
      return [dx.values, dw.values, db.values]
    }
    let dx = centralDifferences(x) { weighted(Self.rows($0, weight.map(Double.init), Self.layerNorm), by: dy) }
    let dw = centralDifferences(weight) { weighted(Self.rows(x.map(Double.init), $0, Self.layerNorm), by: dy) }
    let db = (0..<width).map { column in (0..<rows).reduce(0) { $0 + Double(dy[$1 * width + column]) } }
    for result in results { #expect(result.map(bits) == results[0].map(bits)) }
    #expect(largestError(results[0][0], sum(dx, start)) < 1e-5)
    #expect(largestError(results[0][1], sum(dw, start)) < 1e-5)
    #expect(largestError(results[0][2], sum(db, start)) < 1e-6)
  }

  @Test func `many rows have the same bits whatever the number of threads`() {
    let (x, dy, weight, start) = operands(width: 200, rows: 700)
    let results = allKernels.map { kernels in
      var rms = AlignedBuffer(start), layer = AlignedBuffer(start)
      var gradients = AlignedBuffer(count: 200), layerGradients = AlignedBuffer(count: 200)
      var none = AlignedBuffer(count: 0)
      kernels.rmsNormGradient(
        AlignedBuffer(dy),
        AlignedBuffer(x),
        weight: AlignedBuffer(weight),
        epsilon: 1e-5,
        rows: 700,
        into: &rms,
        adding: false,
        weightGradient: &gradients
      )
      kernels.layerNormGradient(
        AlignedBuffer(dy),
        AlignedBuffer(x),
        weight: AlignedBuffer(weight),
        epsilon: 1e-5,
        rows: 700,
        into: &layer,
        adding: false,
        weightGradient: &layerGradients,
        biasGradient: &none
      )
      return [rms.values, layer.values, gradients.values, layerGradients.values]
    }
    for result in results { #expect(result.map(bits) == results[0].map(bits)) }
  }

  @Test(arguments: [1, 7, 16, 33])
  func `the gradients of normed heads are central differences, and values pass`(size: Int) {
    let shape = AttentionShape(headCount: 4, keyValueHeadCount: 2, headSize: size)
    let (qkv, dy, weights, start) = operands(width: shape.width, rows: 3)
    let query = Array(weights[..<size]), key = Array(weights[size..<2 * size])
    let results = allKernels.map { kernels in
      var dqkv = AlignedBuffer(dy)
      var dquery = AlignedBuffer(Array(start[..<size])), dkey = AlignedBuffer(Array(start[..<size]))
      kernels.headNormsGradient(
        &dqkv,
        AlignedBuffer(qkv),
        rows: 3,
        shape: shape,
        queryWeight: AlignedBuffer(query),
        keyWeight: AlignedBuffer(key),
        epsilon: 1e-5,
        queryGradient: &dquery,
        keyGradient: &dkey
      )
      return [dqkv.values, dquery.values, dkey.values]
    }
    func loss(_ qkv: [Double], _ query: [Double], _ key: [Double]) -> Double {
      let normed = (0..<24).flatMap { head in
        let x = qkv[head * size..<(head + 1) * size]
        return head % 8 < 6 ? Self.rmsNorm(x, head % 8 < 4 ? query : key) : Array(x)
      }
      return weighted(normed, by: dy)
    }
    let x = qkv.map(Double.init), q = query.map(Double.init), k = key.map(Double.init)
    for result in results { #expect(result.map(bits) == results[0].map(bits)) }
    #expect(largestError(results[0][0], centralDifferences(qkv) { loss($0, q, k) }) < 1e-5)
    #expect(largestError(results[0][1], sum(centralDifferences(query) { loss(x, $0, k) }, start)) < 1e-5)
    #expect(largestError(results[0][2], sum(centralDifferences(key) { loss(x, q, $0) }, start)) < 1e-5)
  }

  private func operands(width: Int, rows: Int) -> (x: [Float], dy: [Float], weight: [Float], start: [Float]) {
    var noise = Noise(seed: UInt64(width * 100 + rows))
    let x = noise.values(rows * width, scale: 3).map { $0 + 1 }
    return (x, noise.values(rows * width), noise.values(width), noise.values(rows * width))
  }

  private func sum(_ a: [Double], _ b: [Float]) -> [Double] { zip(a, b).map { $0 + Double($1) } }
}
