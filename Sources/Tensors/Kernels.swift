internal import CKernels

/// The operations on rows of f32 values: one thread pool, one instruction set.
///
/// A matrix of rows lies densely in a buffer, [rows, width]. Every operation checks that its buffers are large enough.
/// Work is cut into tiles only when it is worth a hand-over to another thread; results never depend on it.
package struct Kernels: Sendable {
  package let pool: ThreadPool
  package let level: KernelLevel

  package init(pool: ThreadPool, level: KernelLevel = .detected) {
    precondition(level <= .detected, "this processor does not run kernels of level \(level.rawValue)")
    self.pool = pool
    self.level = level
  }

  /// Multiply-adds that are worth waking another thread: some microseconds of work.
  static let tileWork = 1 << 16

  /// Items per tile so that a tile has at least `tileWork`, and a run about four tiles per thread.
  func grain(count: Int, workPerItem: Int) -> Int {
    let least = (Self.tileWork + workPerItem - 1) / max(workPerItem, 1)
    return max(least, (count + 4 * pool.threadCount - 1) / (4 * pool.threadCount), 1)
  }
}

extension AlignedBuffer {
  /// Traps unless the buffer holds [rows, width].
  func check(rows: Int, width: Int) {
    precondition(rows >= 0 && width >= 0 && rows * width <= count, "[\(rows), \(width)] is more than \(count) values")
  }
}
