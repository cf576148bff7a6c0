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
    let group = shape.headCount / shape.keyValueHeadCount
    let work = rows.meanEnd * shape.headSize * 2 * group
    let parts = parts(of: group, units: rows.count * shape.keyValueHeadCount, work: work)
    var attendWork = unsafe AttendWork(
      level: level.code,
      qkv: qkv.base,
      y: y.base,
      shape: shape,
      parts: parts,
      scoring: ck_scoring(scale: scoring.scale, soft_cap: scoring.softCap ?? 0),
      slots: rows.slots,
      rowCount: rows.count,
      cache: cache.layer(layer)
    )
    let count = shape.keyValueHeadCount * parts * rows.count
    // Finer than other operations: the rows of a long prompt differ much in work.
    let grain = max((Self.tileWork * parts + work - 1) / max(work, 1), (count - 1) / (16 * pool.threadCount) + 1, 1)
    unsafe pool.run(count: count, grain: grain, context: &attendWork) { context, first, last in
      unsafe context.assumingMemoryBound(to: AttendWork.self).pointee.run(first..<last)
    }
  }

  /// The query heads that share keys and values stay together, so that a block is loaded once for them, unless threads
  /// would stay idle that have something worth doing.
  private func parts(of group: Int, units: Int, work: Int) -> Int {
    guard units > 0, units < pool.threadCount else { return 1 }
    let worthwhile = max(1, work / Self.tileWork)
    return min(group, worthwhile, (pool.threadCount + units - 1) / units)
  }
}

/// Items are [key/value head][part of its query heads][row]: consecutive ones of a sequence are one call of the kernel.
@unsafe private struct AttendWork {
  let level: ck_level
  let qkv: UnsafePointer<Float>
  let y: UnsafeMutablePointer<Float>
  let shape: AttentionShape
  let parts: Int
  var scoring: ck_scoring
  let slots: RowSlots
  let rowCount: Int
  var cache: ck_kv_layer

  /// The last items first: late rows of a prompt see the most, and short tiles at the end keep the threads even.
  mutating func run(_ tile: Range<Int>) {
    let count = unsafe shape.keyValueHeadCount * parts * rowCount
    var item = count - tile.upperBound
    let end = count - tile.lowerBound
    while item < end {
      let row = unsafe item % rowCount
      let rows = unsafe sequenceRows(from: row, below: min(rowCount, row + end - item))
      unsafe attend(rows, part: item / rowCount)
      item += rows.count
    }
  }

  /// The rows from `row` that share its block table.
  private func sequenceRows(from row: Int, below end: Int) -> Range<Int> {
    var next = row + 1
    while unsafe next < end && slots.tableStarts[next] == slots.tableStarts[row] { next += 1 }
    return row..<next
  }

  private mutating func attend(_ rows: Range<Int>, part: Int) {
    let shape = unsafe self.shape
    let group = shape.headCount / shape.keyValueHeadCount
    let head = unsafe part / parts
    let firstQuery = unsafe group * (part % parts) / parts
    let queryCount = unsafe group * (part % parts + 1) / parts - firstQuery
    let offset = (head * group + firstQuery) * shape.headSize
    var queries = unsafe ck_query_rows(
      queries: qkv + rows.lowerBound * shape.width + offset,
      query_stride: shape.width,
      y: y + rows.lowerBound * shape.queryWidth + offset,
      y_stride: shape.queryWidth,
      ends: slots.ends + rows.lowerBound,
      rows: rows.count,
      heads: queryCount,
      window: shape.window ?? 0
    )
    unsafe ck_attention(level, &cache, slots.table(of: rows.lowerBound), head, &queries, &scoring)
  }
}
