import Tensors
import Testing

struct AttentionTests {
  static let cases: [AttentionCase] =
    [
      (1, 1, 2, 1, nil), (8, 4, 8, 65, nil), (4, 2, 16, 33, 8), (6, 6, 16, 40, nil), (3, 1, 64, 100, nil),
      (5, 1, 6, 64, 1), (2, 2, 128, 70, 40), (2, 1, 80, 31, nil), (1, 1, 512, 34, nil), (14, 2, 64, 96, 33),
    ].map {
      AttentionCase(heads: $0, keyValueHeads: $1, headSize: $2, positions: $3, window: $4, rotated: $2)
    } + [
      AttentionCase(heads: 3, headSize: 1, positions: 35), AttentionCase(headSize: 17, positions: 70, softCap: 2),
      AttentionCase(heads: 3, keyValueHeads: 3, headSize: 33, positions: 40, seesAhead: true),
      AttentionCase(heads: 4, headSize: 21, positions: 50, window: 7, rotated: 10, softCap: 0.5),
      AttentionCase(headSize: 256, positions: 66, window: 32, rotated: 64, softCap: 50),
      AttentionCase(heads: 12, keyValueHeads: 12, headSize: 32, positions: 97, seesAhead: true),
    ]

  @Test(arguments: cases)
  func `attention agrees with float64 and has the same bits everywhere`(item: AttentionCase) {
    let inputs = AttentionCase.Inputs(item)
    let results = allKernels.map { run(inputs, $0, chunk: item.positions) }
    for result in results { #expect(bits(result) == bits(results[0])) }
    #expect(largestError(results[0], inputs.reference) < 1e-5)
  }

  @Test(arguments: cases.filter { !$0.seesAhead })
  func `attention of a row does not depend on how its sequence was cut`(item: AttentionCase) {
    let inputs = AttentionCase.Inputs(item)
    for kernels in allKernels {
      let whole = run(inputs, kernels, chunk: item.positions)
      for chunk in [1, 7, 32] { #expect(bits(run(inputs, kernels, chunk: chunk)) == bits(whole)) }
    }
  }

  @Test func `attention never reads beyond what a row sees`() {
    var item = AttentionCase(headSize: 5, positions: 64, window: 9)
    let inputs = AttentionCase.Inputs(item)
    let whole = run(inputs, allKernels[0], chunk: 64)
    item.positions = 40
    let shorter = AttentionCase.Inputs(prefixOf: inputs, item)
    // The rest of the last block holds NaN here.
    let alone = run(shorter, allKernels[0], chunk: 40, fill: .nan)
    #expect(bits(alone) == bits(Array(whole[..<alone.count])))
  }

  private func run(_ inputs: AttentionCase.Inputs, _ kernels: Kernels, chunk: Int, fill: Float? = nil) -> [Float] {
    let item = inputs.item, width = item.shape.width
    let blockCount = (item.positions + 31) / 32
    let cache = KVCache(
      layerCount: 2,
      blockCount: blockCount + 1,
      keyValueHeadCount: item.keyValueHeads,
      headSize: item.headSize
    )
    let table = (1...Int32(blockCount)).reversed().map { $0 }
    var rows = BatchRows(maximumRows: blockCount * 32, maximumBlocks: blockCount)
    if let fill { poison(cache, item, table, fill, kernels) }
    var result: [Float] = []
    for start in stride(from: 0, to: item.positions, by: chunk) {
      let end = min(start + chunk, item.positions)
      rows.removeAll()
      rows.append(rowCount: end - start, position: start, blockTable: table, seesAhead: item.seesAhead)
      var qkv = AlignedBuffer(Array(inputs.qkv[start * width..<end * width]))
      var y = AlignedBuffer(count: (end - start) * item.shape.queryWidth)
      if item.rotated > 0 {
        let angles = inputs.angles(start..<end)
        kernels.rotateAndStore(&qkv, rows: rows, shape: item.shape, angles: angles, layer: 1, cache: cache)
      } else {
        kernels.store(qkv, rows: rows, shape: item.shape, layer: 1, cache: cache)
      }
      kernels.attend(qkv, rows: rows, shape: item.shape, scoring: item.scoring, layer: 1, cache: cache, into: &y)
      result += y.values
    }
    return result
  }

  /// Fills every slot of the blocks.
  private func poison(_ cache: KVCache, _ item: AttentionCase, _ table: [Int32], _ value: Float, _ kernels: Kernels) {
    let count = table.count * 32
    var rows = BatchRows(maximumRows: count, maximumBlocks: table.count)
    rows.append(rowCount: count, position: 0, blockTable: table)
    let qkv = AlignedBuffer(Array(repeating: value, count: count * item.shape.width))
    kernels.store(qkv, rows: rows, shape: item.shape, layer: 1, cache: cache)
  }
}
