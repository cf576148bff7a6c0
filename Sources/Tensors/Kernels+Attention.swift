internal import CKernels

/// The shapes of one attention layer.
package struct AttentionShape: Sendable, Hashable {
  package let headCount: Int
  package let keyValueHeadCount: Int
  package let headSize: Int
  /// Positions that a row sees, its own included; nil: all before it.
  package let window: Int?

  package init(headCount: Int, keyValueHeadCount: Int, headSize: Int, window: Int? = nil) {
    precondition(headCount > 0 && keyValueHeadCount > 0 && headSize > 0, "attention has heads of some size")
    precondition(headCount % keyValueHeadCount == 0, "\(headCount) heads do not share \(keyValueHeadCount)")
    precondition(window.map { $0 > 0 } ?? true, "a window has at least one position")
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headSize = headSize
    self.window = window
  }

  /// Width of a row of queries, keys and values side by side.
  package var width: Int { (headCount + 2 * keyValueHeadCount) * headSize }
  package var queryWidth: Int { headCount * headSize }
}

extension Kernels {
  /// Rotates queries and keys of qkv [rows, shape.width] in place and writes keys and values to their cache slots.
  ///
  /// cosines and sines [rows, headSize / 2] belong to the rows' positions.
  package func rotateAndStore(
    _ qkv: inout AlignedBuffer,
    rows: borrowing BatchRows,
    shape: AttentionShape,
    cosines: borrowing AlignedBuffer,
    sines: borrowing AlignedBuffer,
    layer: Int,
    cache: KVCache
  ) {
    check(rows, shape, cache)
    qkv.check(rows: rows.count, width: shape.width)
    cosines.check(rows: rows.count, width: shape.headSize / 2)
    sines.check(rows: rows.count, width: shape.headSize / 2)
    var work = unsafe StoreWork(
      level: level.code,
      qkv: qkv.base,
      shape: shape,
      cosines: cosines.base,
      sines: sines.base,
      positions: rows.positions,
      tableStarts: rows.tableStarts,
      blocks: rows.blocks,
      cache: cache.layer(layer)
    )
    let grain = grain(count: rows.count, workPerItem: 4 * shape.width)
    unsafe pool.run(count: rows.count, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: StoreWork.self).pointee.run(first..<last)
    }
  }

  /// y [rows, headCount · headSize] = causal attention of the queries in qkv [rows, shape.width] over the cache,
  /// which holds every row's keys and values already.
  package func attend(
    _ qkv: borrowing AlignedBuffer,
    rows: borrowing BatchRows,
    shape: AttentionShape,
    scale: Float,
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
      scale: scale,
      positions: rows.positions,
      tableStarts: rows.tableStarts,
      blocks: rows.blocks,
      cache: cache.layer(layer)
    )
    let pairs = rows.count * shape.keyValueHeadCount
    let perPair = rows.meanPosition * shape.headSize * 2 * (shape.headCount / shape.keyValueHeadCount)
    let grain = grain(count: pairs, workPerItem: perPair)
    unsafe pool.run(count: pairs, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: AttendWork.self).pointee.run(first..<last)
    }
  }

  private func check(_ rows: borrowing BatchRows, _ shape: AttentionShape, _ cache: KVCache) {
    precondition(
      shape.keyValueHeadCount == cache.keyValueHeadCount && shape.headSize == cache.headSize,
      "the cache was made for another model"
    )
    precondition(shape.headSize % 2 == 0, "rotary embedding pairs dimensions; head size \(shape.headSize) is odd")
    rows.checkBlocks(below: cache.blockCount)
  }
}

@unsafe private struct StoreWork {
  let level: ck_level
  let qkv: UnsafeMutablePointer<Float>
  let shape: AttentionShape
  let cosines: UnsafePointer<Float>
  let sines: UnsafePointer<Float>
  let positions: UnsafePointer<Int32>
  let tableStarts: UnsafePointer<Int32>
  let blocks: UnsafePointer<Int32>
  var cache: ck_kv_layer

  mutating func run(_ rows: Range<Int>) {
    let shape = unsafe self.shape
    let half = shape.headSize / 2
    for row in rows {
      let queries = unsafe qkv + row * shape.width
      let keys = unsafe queries + shape.queryWidth
      unsafe ck_rope_f32(
        level,
        queries,
        shape.headCount + shape.keyValueHeadCount,
        shape.headSize,
        cosines + row * half,
        sines + row * half
      )
      let position = unsafe Int(positions[row])
      let block = unsafe blocks[Int(tableStarts[row]) + position / KVCache.blockSize]
      unsafe ck_kv_store_f32(
        &cache,
        block,
        position % KVCache.blockSize,
        keys,
        keys + shape.keyValueHeadCount * shape.headSize
      )
    }
  }
}

@unsafe private struct AttendWork {
  let level: ck_level
  let qkv: UnsafePointer<Float>
  let y: UnsafeMutablePointer<Float>
  let shape: AttentionShape
  let scale: Float
  let positions: UnsafePointer<Int32>
  let tableStarts: UnsafePointer<Int32>
  let blocks: UnsafePointer<Int32>
  var cache: ck_kv_layer

  /// Pairs of row and key/value head; the rows of one head follow each other, so its blocks stay in the cache.
  mutating func run(_ pairs: Range<Int>) {
    let shape = unsafe self.shape
    let group = shape.headCount / shape.keyValueHeadCount
    for pair in pairs {
      let row = pair / shape.keyValueHeadCount
      let head = pair % shape.keyValueHeadCount
      let end = unsafe Int(positions[row]) + 1
      let first = max(0, end - (shape.window ?? end))
      let offset = head * group * shape.headSize
      unsafe ck_attention_f32(
        level,
        &cache,
        blocks + Int(tableStarts[row]),
        first,
        end,
        head,
        qkv + row * shape.width + offset,
        group,
        scale,
        y + row * shape.queryWidth + offset
      )
    }
  }
}
