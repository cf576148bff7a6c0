import Tensors

/// Attention as a model computes it: keys and values go to a cache, then the rows attend, in one or several passes.
struct AttentionRun {
  private let item: AttentionCase
  private let kernels: Kernels
  private let cache: KVCache
  private static let blockCount = 16

  init(_ item: AttentionCase, _ kernels: Kernels) {
    self.item = item
    self.kernels = kernels
    cache = KVCache(
      layerCount: 2,
      blockCount: Self.blockCount,
      keyValueHeadCount: item.keyValueHeads,
      headSize: item.headSize,
      precision: item.precision
    )
  }

  /// All rows' results when at most `chunk` positions go into one pass.
  func callAsFunction(_ inputs: AttentionCase.Inputs, chunk: Int? = nil) -> [Float] {
    let count = inputs.item.positions
    return stride(from: 0, to: count, by: chunk ?? count).flatMap { start in
      let positions = start..<min(start + (chunk ?? count), count)
      var rows = BatchRows(maximumRows: positions.count, maximumBlocks: Self.blockCount)
      append(positions, table: Self.table(0), to: &rows)
      let angles = item.rotated > 0 ? inputs.angles(positions) : nil
      return pass(Array(inputs.rows(positions)), rows, angles)
    }
  }

  func rows(_ inputs: AttentionCase.Inputs) -> [[Float]] {
    let values = self(inputs), width = item.shape.queryWidth
    return (0..<inputs.item.positions).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  /// Several sequences in one pass, for a case that turns nothing.
  func callAsFunction(together inputs: [AttentionCase.Inputs]) -> [[Float]] {
    let counts = inputs.map(\.item.positions)
    var rows = BatchRows(maximumRows: counts.reduce(0, +), maximumBlocks: Self.blockCount)
    for (index, count) in counts.enumerated() { append(0..<count, table: Self.table(5 * index), to: &rows) }
    var values = pass(inputs.flatMap(\.qkv), rows, nil)[...]
    return counts.map { count in
      defer { values = values.dropFirst(count * item.shape.queryWidth) }
      return Array(values.prefix(count * item.shape.queryWidth))
    }
  }

  /// Writes `value` to every slot.
  func fill(_ value: Float) {
    let count = (Self.blockCount - 1) * KVCache.blockSize
    var rows = BatchRows(maximumRows: count, maximumBlocks: Self.blockCount)
    append(0..<count, table: Self.table(0), to: &rows)
    _ = pass(Array(repeating: value, count: count * item.shape.width), rows, nil)
  }

  /// Blocks in an order that is not theirs, the first `skipped` left out.
  private static func table(_ skipped: Int) -> [Int32] { (1..<Int32(blockCount)).reversed().dropFirst(skipped) + [] }

  private func append(_ positions: Range<Int>, table: [Int32], to rows: inout BatchRows) {
    rows.append(
      rowCount: positions.count,
      position: positions.lowerBound,
      blockTable: table,
      seesAhead: item.seesAhead
    )
  }

  private func pass(_ values: [Float], _ rows: borrowing BatchRows, _ angles: consuming RotaryAngles?) -> [Float] {
    var qkv = AlignedBuffer(values)
    var y = AlignedBuffer(count: rows.count * item.shape.queryWidth)
    switch angles {
    case .some(let angles):
      kernels.rotateAndStore(&qkv, rows: rows, shape: item.shape, angles: angles, layer: 1, cache: cache)
    case .none: kernels.store(qkv, rows: rows, shape: item.shape, layer: 1, cache: cache)
    }
    kernels.attend(qkv, rows: rows, shape: item.shape, scoring: item.scoring, layer: 1, cache: cache, into: &y)
    return y.values
  }
}
