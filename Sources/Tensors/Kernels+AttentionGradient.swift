internal import CKernels

extension Kernels {
  /// dqkv [rows, shape.width] = the gradient of queries, keys and values from dAttended [rows, shape.queryWidth].
  ///
  /// - Parameters:
  ///   - qkv: as `attend` had it, its keys as they came into the cache: after rotation and head norms.
  ///   - attended: what `attend` made of it.
  ///   - rows: whole sequences, each appended once, from position 0; a row sees what it saw in `attend`.
  ///
  /// Weights are computed again from queries and keys. What a sequence gets depends on its own rows alone and has the
  /// same bits for any number of threads.
  package func attendGradient(
    _ dAttended: borrowing AlignedBuffer,
    qkv: borrowing AlignedBuffer,
    attended: borrowing AlignedBuffer,
    rows: borrowing BatchRows,
    shape: AttentionShape,
    scoring: AttentionScoring,
    scratch: AttentionGradientScratch,
    into dqkv: inout AlignedBuffer
  ) {
    qkv.check(rows: rows.count, width: shape.width)
    attended.check(rows: rows.count, width: shape.queryWidth)
    dAttended.check(rows: rows.count, width: shape.queryWidth)
    dqkv.check(rows: rows.count, width: shape.width)
    rows.checkSlicesAreSequences(maximumRows: scratch.maximumRows)
    precondition(shape.headSize <= scratch.headSize, "heads of \(shape.headSize) need a scratch made for that size")
    var work = unsafe AttentionGradientWork(
      level: level.code,
      qkv: qkv.base,
      attended: attended.base,
      dAttended: dAttended.base,
      dqkv: dqkv.base,
      shape: shape,
      scoring: scoring,
      slots: rows.slots,
      scratch: scratch
    )
    let count = rows.sliceCount * shape.keyValueHeadCount
    let products = 5 * rows.count * rows.meanEnd * shape.queryWidth / max(count, 1)
    let grain = (Self.tileWork + products - 1) / max(products, 1)
    unsafe withUnsafeMutablePointer(to: &work) { work in
      unsafe pool.run(count: count, grain: max(grain, 1), context: work) { context, first, last in
        unsafe context.assumingMemoryBound(to: AttentionGradientWork.self).pointee.run(first..<last)
      }
    }
  }
}

/// Items are [sequence][key/value head].
@unsafe private struct AttentionGradientWork {
  let level: ck_level
  let qkv: UnsafePointer<Float>
  let attended: UnsafePointer<Float>
  let dAttended: UnsafePointer<Float>
  let dqkv: UnsafeMutablePointer<Float>
  let shape: AttentionShape
  let scoring: AttentionScoring
  let slots: RowSlots
  let scratch: AttentionGradientScratch

  func run(_ items: Range<Int>) {
    unsafe scratch.withPart { part in
      for item in items {
        let rows = unsafe slots.slice(item / shape.keyValueHeadCount)
        unsafe differentiate(rows, keyValueHead: item % shape.keyValueHeadCount, scratch: part)
      }
    }
  }

  private func differentiate(_ rows: Range<Int>, keyValueHead head: Int, scratch: UnsafeMutablePointer<Float>) {
    let shape = unsafe self.shape
    let group = shape.headCount / shape.keyValueHeadCount
    let query = rows.lowerBound * shape.width + head * group * shape.headSize
    let key = rows.lowerBound * shape.width + shape.queryWidth + head * shape.headSize
    let value = key + shape.keyValueHeadCount * shape.headSize
    let output = rows.lowerBound * shape.queryWidth + head * group * shape.headSize
    var sequence = unsafe ck_attention_gradient_f32(
      queries: qkv + query,
      keys: qkv + key,
      values: qkv + value,
      d_queries: dqkv + query,
      d_keys: dqkv + key,
      d_values: dqkv + value,
      qkv_stride: shape.width,
      attended: attended + output,
      d_attended: dAttended + output,
      attended_stride: shape.queryWidth,
      ends: slots.ends + rows.lowerBound,
      rows: rows.count,
      heads: group,
      head_size: shape.headSize,
      window: shape.window ?? 0,
      scale: scoring.scale,
      soft_cap: scoring.softCap ?? 0,
      scratch: scratch
    )
    unsafe ck_attention_gradient(level, &sequence)
  }
}
