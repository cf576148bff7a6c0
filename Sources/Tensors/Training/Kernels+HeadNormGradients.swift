internal import CKernels

extension Kernels {
  /// Backward of `normalizeHeads`, in place: d(loss)/d(normed heads) in dqkv [rows, shape.width] becomes d(loss)/d(qkv);
  /// values pass.
  /// - Parameter qkv: what the heads were before they were normed.
  /// - Parameter queryGradient: [headSize], added to; of no values: not wanted. So `keyGradient`.
  package func headNormsGradient(
    _ dqkv: inout AlignedBuffer,
    _ qkv: borrowing AlignedBuffer,
    rows: Int,
    shape: AttentionShape,
    queryWeight: borrowing AlignedBuffer,
    keyWeight: borrowing AlignedBuffer,
    epsilon: Float,
    queryGradient: inout AlignedBuffer,
    keyGradient: inout AlignedBuffer
  ) {
    dqkv.check(rows: rows, width: shape.width)
    qkv.check(rows: rows, width: shape.width)
    precondition(
      queryWeight.count == shape.headSize && keyWeight.count == shape.headSize,
      "heads of \(shape.headSize) values have as many weights"
    )
    let queries = 0..<shape.headCount, keys = shape.headCount..<shape.headCount + shape.keyValueHeadCount
    addWeightGradient(dqkv, qkv, heads: queries, rows: rows, shape: shape, epsilon: epsilon, to: &queryGradient)
    addWeightGradient(dqkv, qkv, heads: keys, rows: rows, shape: shape, epsilon: epsilon, to: &keyGradient)
    var work = unsafe HeadNormGradientWork(
      level: level.code,
      dqkv: dqkv.base,
      qkv: qkv.base,
      shape: shape,
      queryWeight: queryWeight.base,
      keyWeight: keyWeight.base,
      epsilon: epsilon
    )
    let grain = grain(count: rows, workPerItem: 4 * shape.width)
    unsafe pool.run(count: rows, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: HeadNormGradientWork.self).pointee.run(first..<last)
    }
  }

  /// Of the weight that `heads` share: sums over rows, and over the heads of each in their order.
  private func addWeightGradient(
    _ dqkv: borrowing AlignedBuffer,
    _ qkv: borrowing AlignedBuffer,
    heads: Range<Int>,
    rows: Int,
    shape: AttentionShape,
    epsilon: Float,
    to gradient: inout AlignedBuffer
  ) {
    guard gradient.count > 0 else { return }
    gradient.check(rows: 1, width: shape.headSize)
    unsafe withUnsafeTemporaryAllocation(of: ck_row_statistics.self, capacity: rows * heads.count) { statistics in
      guard let start = statistics.baseAddress, rows > 0 else { return }
      var work = unsafe HeadNormWeightWork(
        level: level.code,
        dqkv: dqkv.base + heads.lowerBound * shape.headSize,
        qkv: qkv.base + heads.lowerBound * shape.headSize,
        headCount: heads.count,
        headSize: shape.headSize,
        rows: rows,
        width: shape.width,
        epsilon: epsilon,
        statistics: start,
        gradient: gradient.base
      )
      let rowGrain = grain(count: rows, workPerItem: 2 * heads.count * shape.headSize)
      unsafe pool.run(count: rows, grain: rowGrain, context: &work, HeadNormWeightWork.measure)
      let columnGrain = columnGrain(shape.headSize, workPerColumn: 2 * rows * heads.count)
      unsafe pool.run(count: shape.headSize, grain: columnGrain, context: &work, HeadNormWeightWork.add)
    }
  }
}

@unsafe private struct HeadNormGradientWork {
  let level: ck_level
  let dqkv: UnsafeMutablePointer<Float>
  let qkv: UnsafePointer<Float>
  let shape: AttentionShape
  let queryWeight: UnsafePointer<Float>
  let keyWeight: UnsafePointer<Float>
  let epsilon: Float

  func run(_ rows: Range<Int>) {
    let shape = unsafe self.shape
    for row in rows {
      for head in 0..<shape.headCount + shape.keyValueHeadCount {
        let weight = unsafe head < shape.headCount ? queryWeight : keyWeight
        let offset = row * shape.width + head * shape.headSize
        let dx = unsafe dqkv + offset
        unsafe ck_rms_norm_gradient_f32(level, dx, qkv + offset, weight, epsilon, shape.headSize, 0, dx)
      }
    }
  }
}

@unsafe private struct HeadNormWeightWork {
  let level: ck_level
  let dqkv: UnsafePointer<Float>
  let qkv: UnsafePointer<Float>
  let headCount: Int
  let headSize: Int
  let rows: Int
  let width: Int
  let epsilon: Float
  let statistics: UnsafeMutablePointer<ck_row_statistics>
  let gradient: UnsafeMutablePointer<Float>

  static let measure: TileFunction = { context, first, last in
    let work = unsafe context.assumingMemoryBound(to: HeadNormWeightWork.self).pointee
    for row in first..<last {
      for head in unsafe 0..<work.headCount {
        let x = unsafe work.qkv + row * work.width + head * work.headSize
        let scale = unsafe ck_rms_norm_scale_f32(work.level, x, work.epsilon, work.headSize)
        unsafe work.statistics[row * work.headCount + head] = ck_row_statistics(mean: 0, scale: scale)
      }
    }
  }

  static let add: TileFunction = { context, first, last in
    let work = unsafe context.assumingMemoryBound(to: HeadNormWeightWork.self).pointee
    for row in unsafe 0..<work.rows {
      unsafe ck_norm_column_sums_f32(
        work.level,
        work.dqkv + row * work.width + first,
        work.qkv + row * work.width + first,
        work.headSize,
        work.headCount,
        work.statistics + row * work.headCount,
        last - first,
        work.gradient + first
      )
    }
  }
}
