internal import CKernels

extension Kernels {
  fileprivate static let dropoutBlock = Int(CK_DROPOUT_BLOCK)

  /// Of `count` values, each becomes 0 with probability `rate`, and x / (1 - rate) otherwise.
  ///
  /// Which ones depends on `key`, `counter` and their position alone, so that the same call on a gradient is the
  /// backward of the one on the values.
  package func dropout(_ x: inout AlignedBuffer, count: Int, rate: Float, key: UInt64, counter: UInt64) {
    precondition(rate >= 0 && rate < 1, "values cannot be dropped at a rate of \(rate)")
    x.check(rows: 1, width: count)
    guard rate > 0 else { return }
    var work = unsafe DropoutWork(
      level: level.code,
      key: key,
      counter: counter,
      threshold: UInt32(Double(rate) * 0x1p32),
      factor: 1 / (1 - rate),
      count: count,
      x: x.base
    )
    let blocks = (count + Self.dropoutBlock - 1) / Self.dropoutBlock
    let grain = grain(count: blocks, workPerItem: 8 * Self.dropoutBlock)
    unsafe pool.run(count: blocks, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: DropoutWork.self).pointee.run(first..<last)
    }
  }
}

@unsafe private struct DropoutWork {
  let level: ck_level
  let key: UInt64
  let counter: UInt64
  let threshold: UInt32
  let factor: Float
  let count: Int
  let x: UnsafeMutablePointer<Float>

  func run(_ blocks: Range<Int>) {
    let first = blocks.lowerBound * Kernels.dropoutBlock
    let size = unsafe min(blocks.count * Kernels.dropoutBlock, count - first)
    unsafe ck_dropout_f32(level, key, counter, UInt64(blocks.lowerBound), threshold, factor, size, x + first)
  }
}
