internal import CKernels
internal import Synchronization

/// y [rows, columns] = or += left [rows, depth] · right + bias, cut into items of some panels of columns and a tile of
/// rows. What an item computes depends on nothing else.
@unsafe struct ProductWork {
  /// How the right operand lies.
  enum Layout {
    /// [columns, depth]: a row holds the weights of one column of y.
    case featureRows
    /// [depth, columns]
    case featureColumns
  }

  let level: ck_level
  let format: ck_format
  let rows: Int
  let columns: Int
  var depth: Int
  var left: UnsafeRawPointer
  /// Bytes from one row to the next.
  var leftStride: Int
  var right: UnsafePointer<Float>
  /// Floats from one row to the next.
  let rightStride: Int
  let layout: Layout
  var bias: UnsafePointer<Float>?
  let y: UnsafeMutablePointer<Float>
  var adds: Bool
  let rowsPerTile: Int
  let panels: UnsafeMutablePointer<Float>
  let scratch: Unmanaged<ProductScratch>

  var columnTiles: Int { unsafe (columns + ProductScratch.columnsPerItem - 1) / ProductScratch.columnsPerItem }
  var rowTiles: Int { unsafe (rows + rowsPerTile - 1) / rowsPerTile }

  /// Takes items until there are none, with the scratch of lane `lane`.
  func run(lane: Int) {
    let itemCount = unsafe columnTiles * rowTiles, rowTiles = unsafe rowTiles
    while true {
      let item = unsafe scratch._withUnsafeGuaranteedRef { $0.nextItem.wrappingAdd(1, ordering: .relaxed).oldValue }
      guard item < itemCount else { return }
      unsafe multiply(
        column: item / rowTiles * ProductScratch.columnsPerItem,
        row: item % rowTiles * rowsPerTile,
        panels: panels + lane * ProductScratch.panelStride
      )
    }
  }

  private func multiply(column: Int, row: Int, panels: UnsafeMutablePointer<Float>) {
    let width = unsafe min(ProductScratch.columnsPerItem, columns - column),
      height = unsafe min(rowsPerTile, rows - row)
    let bias = unsafe copyBias(column: column, width: width, behind: panels)
    var start = 0
    repeat {
      let sliceDepth = unsafe min(ProductScratch.sliceDepth, depth - start)
      unsafe pack(column: column, width: width, start: start, sliceDepth: sliceDepth, into: panels)
      var slice = unsafe ck_matrix(
        format: format,
        panels: panels,
        bias: start == 0 ? bias : nil,
        depth: sliceDepth,
        columns: width
      )
      let product = unsafe adds || start > 0 ? ck_gemm_add : ck_gemm
      unsafe product(
        level,
        &slice,
        left + row * leftStride + start * (format == CK_FORMAT_F32 ? 4 : 2),
        leftStride,
        height,
        0,
        (width + Int(CK_PANEL) - 1) / Int(CK_PANEL),
        y + row * columns + column,
        columns
      )
      start += ProductScratch.sliceDepth
    } while unsafe start < depth
  }

  /// The bias of an item's columns as products read it: whole panels.
  private func copyBias(
    column: Int,
    width: Int,
    behind panels: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float>? {
    guard let bias = unsafe bias else { return nil }
    let copy = unsafe panels + ProductScratch.columnsPerItem * ProductScratch.sliceDepth
    for index in 0..<ProductScratch.columnsPerItem { unsafe copy[index] = index < width ? bias[column + index] : 0 }
    return unsafe UnsafePointer(copy)
  }

  private func pack(
    column: Int,
    width: Int,
    start: Int,
    sliceDepth: Int,
    into panels: UnsafeMutablePointer<Float>
  ) {
    switch unsafe layout {
    case .featureRows:
      let first = unsafe right + column * rightStride + start
      unsafe ck_pack_feature_rows(level, format, first, rightStride, width, sliceDepth, panels)
    case .featureColumns:
      let first = unsafe right + start * rightStride + column
      unsafe ck_pack_feature_columns(level, format, first, rightStride, width, sliceDepth, panels)
    }
  }
}

extension Kernels {
  /// Rows of an item: all, unless there would be too few items for the threads.
  func rowsPerProductTile(rows: Int, columns: Int) -> Int {
    let columnTiles = (columns + ProductScratch.columnsPerItem - 1) / ProductScratch.columnsPerItem
    let wanted = pool.threadCount == 1 ? 1 : (4 * pool.threadCount + columnTiles - 1) / columnTiles
    // Less than this, and packing the weights anew for each tile costs more than the other threads bring.
    let least = 96
    return max(min(rows, least), (rows + wanted - 1) / wanted)
  }

  func run(_ work: inout ProductWork, scratch: ProductScratch) {
    precondition(scratch.threadCount >= pool.threadCount, "the scratch was made for fewer threads")
    guard unsafe work.rows > 0 && work.columns > 0 else { return }
    scratch.nextItem.store(0, ordering: .relaxed)
    let lanes = unsafe min(pool.threadCount, work.columnTiles * work.rowTiles)
    unsafe pool.run(count: lanes, grain: 1, context: &work) { context, first, last in
      for lane in first..<last { unsafe context.assumingMemoryBound(to: ProductWork.self).pointee.run(lane: lane) }
    }
  }

  /// How products of training multiply: bf16 where the processor has it, and f32 (which loses nothing) elsewhere.
  func format(_ precision: Precision) -> ck_format {
    switch precision {
    case .float32: CK_FORMAT_F32
    case .bfloat16: ck_prepared_byte_count(level.code, CK_FORMAT_BF16, 1) > 0 ? CK_FORMAT_BF16 : CK_FORMAT_F32
    case .int8, .int4: preconditionFailure("training multiplies in f32 or bf16, not in \(precision.rawValue)")
    }
  }
}
