import Tensors
import Testing

struct AttentionGradientTests {
  static let small: [AttentionGradientCase] = [
    AttentionGradientCase(heads: 1, headSize: 1, lengths: [1]),
    AttentionGradientCase(heads: 4, keyValueHeads: 2, headSize: 5, lengths: [7, 1, 12]),
    AttentionGradientCase(heads: 3, headSize: 3, lengths: [17, 9], window: 4),
    AttentionGradientCase(heads: 2, keyValueHeads: 2, headSize: 6, lengths: [11, 5], softCap: 1.2),
    AttentionGradientCase(heads: 6, keyValueHeads: 2, headSize: 2, lengths: [1, 13], window: 1, softCap: 0.7),
    AttentionGradientCase(heads: 5, headSize: 4, lengths: [14], window: 6, softCap: 3),
    AttentionGradientCase(heads: 2, headSize: 4, lengths: [9, 6], seesAhead: true),
    // More than one strip of queries, and than one block of keys.
    AttentionGradientCase(heads: 1, headSize: 2, lengths: [61]),
    AttentionGradientCase(heads: 7, headSize: 2, lengths: [15], window: 5),
  ]

  static let large: [AttentionGradientCase] =
    [
      AttentionGradientCase(heads: 4, keyValueHeads: 4, headSize: 64, lengths: [128, 77]),
      AttentionGradientCase(heads: 14, keyValueHeads: 2, headSize: 64, lengths: [133]),
      AttentionGradientCase(heads: 2, keyValueHeads: 1, headSize: 128, lengths: [97, 1, 48]),
      AttentionGradientCase(heads: 4, headSize: 256, lengths: [50], window: 20, softCap: 5),
      AttentionGradientCase(heads: 3, keyValueHeads: 3, headSize: 80, lengths: [49, 96], seesAhead: true),
      AttentionGradientCase(heads: 1, headSize: 17, lengths: [300], window: 100),
    ]
    + (0..<8).map(AttentionGradientCase.random)

  /// The differences' own error is about step² and 1e-16 / step.
  @Test(arguments: small)
  func `the gradient in double agrees with central differences`(item: AttentionGradientCase) {
    let inputs = AttentionGradientCase.Inputs(item)
    let qkv = inputs.qkv.map(Double.init), dAttended = inputs.dAttended.map(Double.init)
    let step = 1e-5
    let differences = qkv.indices.map { index in
      let sides = [step, -step].map { shift in
        var moved = qkv
        moved[index] += shift
        return zip(item.attended(moved), dAttended).reduce(0) { $0 + $1.0 * $1.1 }
      }
      return (sides[0] - sides[1]) / (2 * step)
    }
    #expect(largestDifference(item.inDouble(dAttended, qkv: qkv), differences) < 1e-8)
  }

  /// Sums of doubles as long as a sequence, and both softmaxes, round some hundred times.
  @Test(arguments: large)
  func `the gradient in double agrees with the formulas`(item: AttentionGradientCase) {
    let inputs = AttentionGradientCase.Inputs(item)
    let qkv = inputs.qkv.map(Double.init), dAttended = inputs.dAttended.map(Double.init)
    let expected = item.gradient(dAttended, qkv: qkv)
    #expect(largestDifference(item.inDouble(dAttended, qkv: qkv), expected) < 1e-12)
  }

  /// Sums of floats as long as a sequence have errors of some units in the last place of their largest parts.
  @Test(arguments: small + large)
  func `the gradient agrees with float64 and has the same bits everywhere`(item: AttentionGradientCase) {
    let inputs = AttentionGradientCase.Inputs(item)
    let results = allKernels.map { item(inputs, $0) }
    for result in results { #expect(bits(result) == bits(results[0])) }
    let expected = item.gradient(inputs.dAttended.map(Double.init), qkv: inputs.qkv.map(Double.init))
    #expect(largestError(results[0], expected) < 1e-5)
  }

  @Test func `the gradient of a sequence does not depend on the others of its batch`() {
    let item = AttentionGradientCase(heads: 4, keyValueHeads: 2, headSize: 20, lengths: [60, 1, 37, 90])
    let inputs = AttentionGradientCase.Inputs(item)
    for kernels in AttentionTests.levels {
      let together = item(inputs, kernels)
      for rows in item.sequences {
        let alone = item.alone(rows.count)(inputs.rows(rows, of: item), kernels)
        #expect(bits(alone) == bits(Array(together[rows.scaled(by: item.shape.width)])))
      }
    }
  }

  /// What a row sees: the positions whose value spoils it forwards, and those that its gradient reaches.
  @Test(arguments: [
    AttentionGradientCase(headSize: 3, lengths: [67]), AttentionGradientCase(headSize: 3, lengths: [67], window: 9),
    AttentionGradientCase(headSize: 3, lengths: [67], window: 1),
    AttentionGradientCase(headSize: 3, lengths: [67], seesAhead: true),
  ])
  func `attention and its gradient agree on what a row sees`(item: AttentionGradientCase) {
    let inputs = AttentionGradientCase.Inputs(item)
    let rows = 0..<item.rowCount, value = (item.heads + 1) * 3
    let forward = AttentionCase(
      heads: item.heads,
      headSize: 3,
      positions: item.rowCount,
      window: item.window,
      seesAhead: item.seesAhead
    )
    for kernels in AttentionTests.levels {
      let run = AttentionRun(forward, kernels)
      let spoilt = rows.map { position in
        let broken = AttentionCase.Inputs(forward, qkv: inputs.qkv)
          .replacing(position * item.shape.width + value, by: .nan)
        return run.rows(broken).map { row in row.contains { $0.isNaN } }
      }
      for row in rows {
        let outputs = (row..<row + 1).scaled(by: item.shape.queryWidth)
        let dAttended = inputs.dAttended.indices.map { outputs.contains($0) ? Float(1) : 0 }
        let dqkv = item(AttentionGradientCase.Inputs(qkv: inputs.qkv, dAttended: dAttended), kernels)
        let reached = rows.map { dqkv[$0 * item.shape.width + value] != 0 }
        #expect(reached == rows.map { spoilt[$0][row] })
      }
    }
  }
}

/// As `largestError`, in float64.
private func largestDifference(_ ours: [Double], _ reference: [Double]) -> Double {
  let scale = max(1, reference.map { abs($0) }.max() ?? 0)
  return (zip(ours, reference).map { ($0 - $1).magnitude }.max() ?? 0) / scale
}

extension AttentionGradientCase.Inputs {
  func rows(_ rows: Range<Int>, of item: AttentionGradientCase) -> Self {
    Self(
      qkv: Array(qkv[rows.scaled(by: item.shape.width)]),
      dAttended: Array(dAttended[rows.scaled(by: item.shape.queryWidth)])
    )
  }
}

extension Range<Int> {
  func scaled(by width: Int) -> Range<Int> { lowerBound * width..<upperBound * width }
}
