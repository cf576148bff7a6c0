internal import CKernels

extension Kernels {
  /// y [rows, headCount · headSize] = attention of the queries in qkv [rows, shape.width] over the cache, which holds the
  /// keys and values of every position that a row sees.
  package func attend(
    _ qkv: borrowing AlignedBuffer,
    rows: borrowing BatchRows,
    shape: AttentionShape,
    scoring: AttentionScoring,
    layer: Int,
    cache: KVCache,
    into y: inout AlignedBuffer
  ) {
    check(rows, shape, cache)
    qkv.check(rows: rows.count, width: shape.width)
    y.check(rows: rows.count, width: shape.queryWidth)
    var work = unsafe AttendWork(
      level: level.code,
      qkv: qkv.base,
      y: y.base,
      shape: shape,
      scoring: ck_scoring(scale: scoring.scale, soft_cap: scoring.softCap ?? 0),
      slots: rows.slots,
      cache: cache.layer(layer)
    )
    let pairs = rows.count * shape.keyValueHeadCount
    let perPair = rows.meanEnd * shape.headSize * 2 * (shape.headCount / shape.keyValueHeadCount)
    let grain = grain(count: pairs, workPerItem: perPair)
    unsafe pool.run(count: pairs, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: AttendWork.self).pointee.run(first..<last)
    }
  }
}

@unsafe private struct AttendWork {
  let level: ck_level
  let qkv: UnsafePointer<Float>
  let y: UnsafeMutablePointer<Float>
  let shape: AttentionShape
  var scoring: ck_scoring
  let slots: RowSlots
  var cache: ck_kv_layer

  /// Pairs of row and key/value head; the rows of one head follow each other, so its blocks stay in the cache.
  mutating func run(_ pairs: Range<Int>) {
    let shape = unsafe self.shape
    let group = shape.headCount / shape.keyValueHeadCount
    for pair in pairs {
      let row = pair / shape.keyValueHeadCount
      let head = pair % shape.keyValueHeadCount
      let end = unsafe Int(slots.ends[row])
      let first = max(0, end - (shape.window ?? end))
      let offset = head * group * shape.headSize
      unsafe ck_attention_f32(
        level,
        &cache,
        slots.table(of: row),
        first,
        end,
        head,
        qkv + row * shape.width + offset,
        group,
        &scoring,
        y + row * shape.queryWidth + offset
      )
    }
  }
}
