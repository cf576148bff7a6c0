import CKernels
import Tensors

extension AttentionGradientCase {
  /// dqkv [rows, shape.width] by the kernels, from what they make of the rows forwards.
  func callAsFunction(_ inputs: Inputs, _ kernels: Kernels) -> [Float] {
    let qkv = AlignedBuffer(inputs.qkv)
    let cache = KVCache(
      layerCount: 1,
      blockCount: tableLengths.reduce(0, +),
      keyValueHeadCount: keyValueHeads,
      headSize: headSize
    )
    let rows = batchRows
    var attended = AlignedBuffer(count: rowCount * shape.queryWidth)
    kernels.store(qkv, rows: rows, shape: shape, layer: 0, cache: cache)
    kernels.attend(qkv, rows: rows, shape: shape, scoring: scoring, layer: 0, cache: cache, into: &attended)
    let scratch = AttentionGradientScratch(kernels: kernels, maximumRows: lengths.max() ?? 1, headSize: headSize)
    // What was there before has no part in the result.
    var dqkv = AlignedBuffer([Float](repeating: .nan, count: inputs.qkv.count))
    kernels.attendGradient(
      AlignedBuffer(inputs.dAttended),
      qkv: qkv,
      attended: attended,
      rows: rows,
      shape: shape,
      scoring: scoring,
      scratch: scratch,
      into: &dqkv
    )
    return dqkv.values
  }

  /// The same kernel, built for doubles.
  func inDouble(_ dAttended: [Double], qkv: [Double]) -> [Double] {
    let x = Doubles(qkv), y = Doubles(attended(qkv)), dy = Doubles(dAttended)
    let dx = Doubles(.nan, count: qkv.count)
    let scratch = Doubles(.nan, count: ck_attention_gradient_scratch_count(lengths.max() ?? 1, headSize))
    for rows in sequences {
      let ends = rows.map { Int32(visible(from: $0, in: rows).upperBound - rows.lowerBound) }
      for head in 0..<keyValueHeads {
        let query = rows.lowerBound * shape.width + head * group * headSize
        let key = rows.lowerBound * shape.width + (heads + head) * headSize
        let value = key + keyValueHeads * headSize
        let output = rows.lowerBound * shape.queryWidth + head * group * headSize
        ends.withUnsafeBufferPointer { ends in
          guard let start = ends.baseAddress else { return }
          var sequence = ck_attention_gradient_f64(
            queries: x.base + query,
            keys: x.base + key,
            values: x.base + value,
            d_queries: dx.base + query,
            d_keys: dx.base + key,
            d_values: dx.base + value,
            qkv_stride: shape.width,
            attended: y.base + output,
            d_attended: dy.base + output,
            attended_stride: shape.queryWidth,
            ends: start,
            rows: rows.count,
            heads: group,
            head_size: headSize,
            window: window ?? 0,
            scale: Double(scoring.scale),
            soft_cap: softCap.map(Double.init) ?? 0,
            scratch: scratch.base
          )
          ck_attention_gradient_in_double(&sequence)
        }
      }
    }
    return dx.values
  }

  private var tableLengths: [Int] { lengths.map { ($0 + KVCache.blockSize - 1) / KVCache.blockSize } }

  private var batchRows: BatchRows {
    var rows = BatchRows(maximumRows: rowCount, maximumBlocks: tableLengths.reduce(0, +))
    var block: Int32 = 0
    for (length, count) in zip(lengths, tableLengths) {
      let table = (block..<block + Int32(count)).map(\.self)
      rows.append(rowCount: length, position: 0, blockTable: table, seesAhead: seesAhead)
      block += Int32(count)
    }
    return rows
  }
}

/// Memory that a kernel can point into.
private final class Doubles {
  let base: UnsafeMutablePointer<Double>
  private let count: Int

  init(_ value: Double, count: Int) {
    base = .allocate(capacity: count)
    base.initialize(repeating: value, count: count)
    self.count = count
  }

  convenience init(_ values: [Double]) {
    self.init(0, count: values.count)
    for (index, value) in values.enumerated() { base[index] = value }
  }

  deinit { base.deallocate() }

  var values: [Double] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
