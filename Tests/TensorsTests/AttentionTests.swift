import Foundation
import Tensors
import Testing

struct AttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let heads, keyValueHeads, headSize, positions: Int
    let window: Int?
    var testDescription: String { "\(heads)/\(keyValueHeads)×\(headSize), \(positions), \(window ?? 0)" }
    var shape: AttentionShape {
      AttentionShape(headCount: heads, keyValueHeadCount: keyValueHeads, headSize: headSize, window: window)
    }
  }

  static let cases: [Case] = [
    (1, 1, 2, 1, nil), (8, 4, 8, 65, nil), (4, 2, 16, 33, 8), (6, 6, 16, 40, nil), (3, 1, 64, 100, nil),
    (5, 1, 6, 64, 1), (2, 2, 128, 70, 40), (2, 1, 80, 31, nil), (1, 1, 512, 34, nil), (14, 2, 64, 96, 33),
  ].map { Case(heads: $0, keyValueHeads: $1, headSize: $2, positions: $3, window: $4) }

  @Test(arguments: cases)
  func `attention agrees with float64 and has the same bits everywhere`(item: Case) {
    let inputs = Inputs(item)
    let results = allKernels.map { run(inputs, $0, chunk: item.positions) }
    for result in results { #expect(bits(result) == bits(results[0])) }
    #expect(largestError(results[0], reference(inputs)) < 1e-5)
  }

  @Test(arguments: cases)
  func `attention of a row does not depend on how its sequence was cut`(item: Case) {
    let inputs = Inputs(item)
    for kernels in allKernels {
      let whole = run(inputs, kernels, chunk: item.positions)
      for chunk in [1, 7, 32] { #expect(bits(run(inputs, kernels, chunk: chunk)) == bits(whole)) }
    }
  }

  struct Inputs {
    let item: Case
    let qkv, cosines, sines: [Float]

    init(_ item: Case) {
      self.item = item
      var noise = Noise(seed: UInt64(item.headSize * 100 + item.positions))
      qkv = noise.values(item.positions * item.shape.width, scale: 2)
      let angles = (0..<item.positions * item.headSize / 2).map { _ in noise.next() * 3 }
      cosines = angles.map { cos($0) }
      sines = angles.map { sin($0) }
    }
  }

  private func run(_ inputs: Inputs, _ kernels: Kernels, chunk: Int) -> [Float] {
    let item = inputs.item, width = item.shape.width, half = item.headSize / 2
    let blockCount = (item.positions + 31) / 32
    let cache = KVCache(
      layerCount: 2,
      blockCount: blockCount + 1,
      keyValueHeadCount: item.keyValueHeads,
      headSize: item.headSize
    )
    let table = (1...Int32(blockCount)).reversed().map { $0 }
    var rows = BatchRows(maximumRows: item.positions, maximumBlocks: blockCount)
    var result: [Float] = []
    for start in stride(from: 0, to: item.positions, by: chunk) {
      let end = min(start + chunk, item.positions)
      rows.removeAll()
      rows.append(rowCount: end - start, position: start, blockTable: table)
      var qkv = AlignedBuffer(Array(inputs.qkv[start * width..<end * width]))
      var y = AlignedBuffer(count: (end - start) * item.shape.queryWidth)
      kernels.rotateAndStore(
        &qkv,
        rows: rows,
        shape: item.shape,
        cosines: AlignedBuffer(Array(inputs.cosines[start * half..<end * half])),
        sines: AlignedBuffer(Array(inputs.sines[start * half..<end * half])),
        layer: 1,
        cache: cache
      )
      kernels.attend(qkv, rows: rows, shape: item.shape, scale: 0.3, layer: 1, cache: cache, into: &y)
      result += y.values
    }
    return result
  }

  /// Rotation, softmax over the visible positions and weighted sum, as the papers write them.
  private func reference(_ inputs: Inputs) -> [Double] {
    let item = inputs.item, size = item.headSize, half = size / 2
    func vector(_ row: Int, _ head: Int, isRotated: Bool) -> [Double] {
      let start = row * item.shape.width + head * size
      let x = inputs.qkv[start..<start + size].map(Double.init)
      guard isRotated else { return x }
      return (0..<size).map { index in
        let cosine = Double(inputs.cosines[row * half + index % half])
        let sine = Double(inputs.sines[row * half + index % half])
        return index < half ? x[index] * cosine - x[index + half] * sine : x[index] * cosine + x[index - half] * sine
      }
    }
    return (0..<item.positions).flatMap { row in
      (0..<item.heads).flatMap { head -> [Double] in
        let shared = head / (item.heads / item.keyValueHeads)
        let query = vector(row, head, isRotated: true)
        let visible = max(0, row + 1 - (item.window ?? row + 1))...row
        let scores = visible.map { position in
          0.3 * zip(query, vector(position, item.heads + shared, isRotated: true)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let largest = scores.max() ?? 0
        let weights = scores.map { exp($0 - largest) }
        let values = visible.map { vector($0, item.heads + item.keyValueHeads + shared, isRotated: false) }
        return (0..<size).map { dimension in
          zip(weights, values).reduce(0) { $0 + $1.0 * $1.1[dimension] } / weights.reduce(0, +)
        }
      }
    }
  }
}
