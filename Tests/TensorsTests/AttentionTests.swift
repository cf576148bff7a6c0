import Tensors
import Testing

struct AttentionTests {
  /// One of each level.
  static let levels = KernelLevel.available.map { Kernels(pool: ThreadPool(threads: 2), level: $0) }
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
      AttentionCase(heads: 14, keyValueHeads: 2, headSize: 64, positions: 70, precision: .bfloat16),
      AttentionCase(heads: 7, headSize: 80, positions: 70, window: 40, precision: .int8),
      // One row is worth a cut between threads.
      AttentionCase(heads: 11, headSize: 128, positions: 100, precision: .int8),
      // More query heads than meet a block at once, of the largest size.
      AttentionCase(heads: 13, headSize: 512, positions: 33, precision: .bfloat16),
    ]
    + (0..<18).map(AttentionCase.random)

  @Test(arguments: cases)
  func `attention agrees with float64 and has the same bits everywhere`(item: AttentionCase) {
    let inputs = AttentionCase.Inputs(item)
    let results = allKernels.map { AttentionRun(item, $0)(inputs) }
    for result in results { #expect(bits(result) == bits(results[0])) }
    #expect(largestError(results[0], inputs.reference) < 1e-5)
  }

  @Test(arguments: cases.filter { !$0.seesAhead })
  func `attention of a row does not depend on how its sequence was cut`(item: AttentionCase) {
    let inputs = AttentionCase.Inputs(item)
    for kernels in Self.levels {
      let whole = AttentionRun(item, kernels)(inputs)
      for chunk in [1, 7, 32] { #expect(bits(AttentionRun(item, kernels)(inputs, chunk: chunk)) == bits(whole)) }
    }
  }

  @Test(arguments: KeyValuePrecision.allCases)
  func `attention of a row does not depend on the other sequences of a batch`(precision: KeyValuePrecision) {
    var item = AttentionCase(heads: 6, keyValueHeads: 2, headSize: 20, positions: 100, precision: precision)
    let long = AttentionCase.Inputs(item)
    item.positions = 37
    let short = AttentionCase.Inputs(item)
    for kernels in allKernels {
      let alone = [long, short, long].map { AttentionRun($0.item, kernels)($0) }
      let together = AttentionRun(item, kernels)(together: [long, short, long])
      #expect(together.map(bits) == alone.map(bits))
    }
  }

  @Test(arguments: KeyValuePrecision.allCases, [nil, 9])
  func `attention never reads beyond what a row sees`(precision: KeyValuePrecision, window: Int?) {
    var item = AttentionCase(heads: 10, headSize: 5, positions: 64, window: window, precision: precision)
    let inputs = AttentionCase.Inputs(item)
    item.positions = 40
    let shorter = AttentionCase.Inputs(item, qkv: Array(inputs.rows(0..<40)))
    for kernels in Self.levels {
      let whole = AttentionRun(inputs.item, kernels)(inputs)
      let run = AttentionRun(item, kernels)
      // The rest of the last block holds NaN here.
      run.fill(.nan)
      let alone = run(shorter)
      #expect(bits(alone) == bits(Array(whole[..<alone.count])))
    }
  }

  @Test(arguments: KeyValuePrecision.allCases, [Float.nan, .infinity])
  func `a broken position spoils the rows that see it and no others`(precision: KeyValuePrecision, broken: Float) {
    let item = AttentionCase(heads: 3, headSize: 18, positions: 90, window: 20, precision: precision)
    let inputs = AttentionCase.Inputs(item)
    let aKey = 3 * 18, aValue = 4 * 18 + 17
    for kernels in Self.levels {
      let intact = AttentionRun(item, kernels).rows(inputs)
      for column in [aKey, aValue] {
        let spoilt = AttentionRun(item, kernels).rows(inputs.replacing(35 * item.shape.width + column, by: broken))
        for row in spoilt.indices where !(35..<55).contains(row) { #expect(bits(spoilt[row]) == bits(intact[row])) }
        // An infinite key may just push a row's weight to 0.
        guard broken.isNaN || column == aValue || precision == .int8 else { continue }
        for row in 35..<55 { #expect(spoilt[row].contains { !$0.isFinite }) }
      }
    }
  }

  @Test(arguments: KeyValuePrecision.allCases)
  func `keys and values of zero give zero`(precision: KeyValuePrecision) {
    let item = AttentionCase(heads: 2, headSize: 3, positions: 5, precision: precision)
    let zeros = AttentionCase.Inputs(item, qkv: Array(repeating: 0, count: 5 * item.shape.width))
    #expect(AttentionRun(item, allKernels[0])(zeros).allSatisfy { $0 == 0 })
  }

  @Test func `a block takes 4, 2 or about 1 byte for an element`() {
    let sizes = KeyValuePrecision.allCases.map {
      KVCache.blockByteCount(layerCount: 3, keyValueHeadCount: 2, headSize: 64, precision: $0)
    }
    let elements = 3 * 2 * 32 * 64 * 2
    #expect(sizes == [elements * 4, elements * 2, elements + 3 * 2 * 32 * 2 * 4])
  }
}
