internal import CKernels
internal import Synchronization

/// What the products of training pack on the way: a slice of the weights for each thread, and rows that are turned or
/// rounded before. Sized once, so that a product allocates nothing.
///
/// One product at a time: a second one that starts meanwhile traps.
package final class ProductScratch: Sendable {
  /// Weights that one thread multiplies at a time, 256 KiB of floats: they stay in the second-level cache.
  static let columnsPerItem = 4 * Int(CK_PANEL)
  static let sliceDepth = 1024

  let threadCount: Int
  /// [thread][panels of an item, then its bias]
  let panels: AlignedBuffer
  /// Rows of the left operand as products read them, as many of them (or as deep) as fit.
  let rows: AlignedBuffer
  /// The next item of the product under way that no thread has taken.
  let nextItem = Atomic<Int>(0)
  private let isTaken = Atomic<Bool>(false)

  /// For products of up to `maximumRows` rows of activations with weights of up to [maximumColumns, maximumDepth].
  package init(kernels: Kernels, maximumRows: Int, maximumColumns: Int, maximumDepth: Int) {
    precondition(maximumRows > 0 && maximumColumns > 0 && maximumDepth > 0, "a product has at least one element")
    threadCount = kernels.pool.threadCount
    panels = AlignedBuffer(count: threadCount * Self.panelStride)
    let widest = Self.rowStride(max(maximumColumns, maximumDepth))
    rows = AlignedBuffer(count: Self.rowStride(maximumRows) * min(widest, Self.turnedColumns))
  }

  /// Floats of what one thread packs.
  static let panelStride = columnsPerItem * (sliceDepth + 1)

  /// Columns of dy that are turned into rows at a time, of the largest batch: 8 MiB of 2048 rows.
  private static let turnedColumns = 1024

  /// Floats from one turned row of `count` values to the next: an odd number of cache lines, so that neighbours fall
  /// into different sets of the caches.
  static func rowStride(_ count: Int) -> Int { ((count + 15) / 16 | 1) * 16 }

  /// Bytes from one row of `count` bf16 values to the next, likewise.
  static func roundedRowByteCount(_ count: Int) -> Int { ((count + 31) / 32 | 1) * 64 }

  /// How many of `depth` values of `rows` rows there is room for in bf16: all, or whole slices.
  func roundedDepth(_ depth: Int, rows: Int) -> Int {
    let byteCount = self.rows.count * MemoryLayout<Float>.stride / rows
    guard Self.roundedRowByteCount(depth) > byteCount else { return depth }
    let slices = (byteCount / 64 - 1) * 32 / Self.sliceDepth
    precondition(slices > 0, "the scratch was made for fewer rows than \(rows)")
    return slices * Self.sliceDepth
  }

  func use(_ body: () -> Void) {
    let wasFree = isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    precondition(wasFree, "two products at a time share their scratch")
    body()
    isTaken.store(false, ordering: .releasing)
  }
}
