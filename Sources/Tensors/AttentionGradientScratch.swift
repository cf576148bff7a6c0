internal import CKernels
internal import Synchronization

/// What `Kernels.attendGradient` works in, a part for each thread, made once for all layers: no matrix of positions by
/// positions is among it. One call at a time uses it.
package final class AttentionGradientScratch: Sendable {
  /// Rows that a sequence has at most.
  let maximumRows: Int
  let headSize: Int
  private let partCount: Int
  private let values: AlignedBuffer
  /// Parts that no thread works in.
  private let free: Mutex<[Int]>

  package init(kernels: Kernels, maximumRows: Int, headSize: Int) {
    let parts = kernels.pool.threadCount
    self.maximumRows = maximumRows
    self.headSize = headSize
    partCount = Self.partCount(maximumRows: maximumRows, headSize: headSize)
    values = AlignedBuffer(count: parts * partCount)
    free = Mutex(Array(0..<parts))
  }

  /// For reckoning before there are any threads.
  package static func byteCount(threads: Int, maximumRows: Int, headSize: Int) -> Int {
    threads * partCount(maximumRows: maximumRows, headSize: headSize) * MemoryLayout<Float>.stride
  }

  private static func partCount(maximumRows: Int, headSize: Int) -> Int {
    precondition(maximumRows > 0 && maximumRows <= Int(Int32.max), "a sequence cannot have \(maximumRows) rows")
    precondition(headSize > 0 && headSize <= KVCache.maximumHeadSize, "head size \(headSize) is not supported")
    return ck_attention_gradient_scratch_count(maximumRows, headSize)
  }

  /// Calls `body` with a part that no other thread has meanwhile.
  func withPart(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    let part = free.withLock { $0.popLast() }
    guard let part else { preconditionFailure("two calls use one scratch") }
    unsafe body(values.base + part * partCount)
    free.withLock { $0.append(part) }
  }
}
