internal import CKernels

extension Kernels {
  /// Writes the keys and values of qkv [rows, shape.width] to their cache slots.
  package func store(
    _ qkv: borrowing AlignedBuffer,
    rows: borrowing BatchRows,
    shape: AttentionShape,
    layer: Int,
    cache: KVCache
  ) {
    check(rows, shape, cache)
    qkv.check(rows: rows.count, width: shape.width)
    var work = unsafe StoreWork(qkv: qkv.base, shape: shape, slots: rows.slots, cache: cache.layer(layer))
    let grain = grain(count: rows.count, workPerItem: 2 * shape.width)
    unsafe pool.run(count: rows.count, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: StoreWork.self).pointee.run(first..<last)
    }
  }

  /// Rotates queries and keys of qkv [rows, shape.width] in place by the rows' angles and writes keys and values to their
  /// cache slots. Of each head the first `angles.width` dimensions turn.
  package func rotateAndStore(
    _ qkv: inout AlignedBuffer,
    rows: borrowing BatchRows,
    shape: AttentionShape,
    angles: borrowing RotaryAngles,
    layer: Int,
    cache: KVCache
  ) {
    check(rows, shape, cache)
    qkv.check(rows: rows.count, width: shape.width)
    precondition(angles.width <= shape.headSize, "\(angles.width) of \(shape.headSize) dimensions cannot turn")
    angles.cosines.check(rows: rows.count, width: angles.width / 2)
    angles.sines.check(rows: rows.count, width: angles.width / 2)
    var work = unsafe RotateWork(
      level: level.code,
      qkv: qkv.base,
      width: angles.width,
      cosines: angles.cosines.base,
      sines: angles.sines.base,
      store: StoreWork(qkv: qkv.base, shape: shape, slots: rows.slots, cache: cache.layer(layer))
    )
    let grain = grain(count: rows.count, workPerItem: 4 * shape.width)
    unsafe pool.run(count: rows.count, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: RotateWork.self).pointee.run(first..<last)
    }
  }

  func check(_ rows: borrowing BatchRows, _ shape: AttentionShape, _ cache: KVCache) {
    precondition(
      shape.keyValueHeadCount == cache.keyValueHeadCount && shape.headSize == cache.headSize,
      "the cache was made for another model"
    )
    rows.checkBlocks(below: cache.blockCount)
  }
}

@unsafe private struct RotateWork {
  let level: ck_level
  let qkv: UnsafeMutablePointer<Float>
  let width: Int
  let cosines: UnsafePointer<Float>
  let sines: UnsafePointer<Float>
  var store: StoreWork

  mutating func run(_ rows: Range<Int>) {
    let shape = unsafe store.shape
    for row in rows {
      unsafe ck_rope_f32(
        level,
        qkv + row * shape.width,
        shape.headCount + shape.keyValueHeadCount,
        shape.headSize,
        width,
        cosines + row * width / 2,
        sines + row * width / 2
      )
      unsafe store.run(row..<row + 1)
    }
  }
}

@unsafe private struct StoreWork {
  let qkv: UnsafePointer<Float>
  let shape: AttentionShape
  let slots: RowSlots
  var cache: ck_kv_layer

  mutating func run(_ rows: Range<Int>) {
    let shape = unsafe self.shape
    for row in rows {
      let keys = unsafe qkv + row * shape.width + shape.queryWidth
      let position = unsafe Int(slots.positions[row])
      unsafe ck_kv_store(
        &cache,
        slots.table(of: row)[position / KVCache.blockSize],
        position % KVCache.blockSize,
        keys,
        keys + shape.keyValueHeadCount * shape.headSize
      )
    }
  }
}
