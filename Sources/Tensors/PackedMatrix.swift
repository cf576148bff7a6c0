internal import CKernels

/// Weights [columns, depth] of a linear layer (output features by input features) in the layout of `ck_gemm_f32`.
///
/// Several checkpoint tensors may be packed side by side into one matrix, so that query, key and value (or gate and
/// up) are one product. Packed once at loading, directly from the mapped file; immutable afterwards.
package struct PackedMatrix: ~Copyable, Sendable {
  /// Output features.
  package let columns: Int
  /// Input features.
  package let depth: Int
  private var panels: AlignedBuffer
  /// [panel][16], or empty.
  private var bias: AlignedBuffer

  static let panelWidth = Int(CK_PANEL)

  package init(columns: Int, depth: Int, hasBias: Bool = false) {
    precondition(columns > 0 && depth > 0, "a matrix has at least one row and one column")
    self.columns = columns
    self.depth = depth
    let panelCount = (columns + Self.panelWidth - 1) / Self.panelWidth
    panels = AlignedBuffer(count: panelCount * depth * Self.panelWidth)
    bias = AlignedBuffer(count: hasBias ? panelCount * Self.panelWidth : 0)
  }

  /// What a matrix takes in memory, its bias apart.
  package static func byteCount(columns: Int, depth: Int) -> Int {
    (columns + panelWidth - 1) / panelWidth * panelWidth * depth * MemoryLayout<Float>.stride
  }

  var panelCount: Int { (columns + Self.panelWidth - 1) / Self.panelWidth }

  /// Output features `row ..< row + rows` from the bytes of a checkpoint tensor [rows, depth] at any alignment.
  package mutating func pack(_ bytes: RawSpan, of type: ElementType, rows: Int, at row: Int, pool: ThreadPool) {
    precondition(rows >= 0 && row >= 0 && row + rows <= columns, "rows \(row) + \(rows) are outside \(columns)")
    precondition(bytes.byteCount == rows * depth * type.byteCount, "the bytes do not hold [\(rows), \(depth)]")
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress, rows > 0 else { return }
      var work = unsafe PackWork(
        element: type.code,
        source: start,
        rowByteCount: depth * type.byteCount,
        depth: depth,
        row: row,
        panels: panels.base
      )
      unsafe pool.run(count: rows, grain: 64, context: &work) { context, first, last in
        let work = unsafe context.assumingMemoryBound(to: PackWork.self).pointee
        unsafe ck_pack_rows(
          work.element,
          work.source + first * work.rowByteCount,
          last - first,
          work.depth,
          work.row + first,
          work.panels
        )
      }
    }
  }

  /// Input features `row ..< row + rows` from the bytes of a checkpoint tensor [rows, columns] at any alignment, which
  /// holds each output feature in a column.
  package mutating func packTransposed(
    _ bytes: RawSpan,
    of type: ElementType,
    rows: Int,
    at row: Int,
    pool: ThreadPool
  ) {
    precondition(rows >= 0 && row >= 0 && row + rows <= depth, "rows \(row) + \(rows) are outside \(depth)")
    precondition(bytes.byteCount == rows * columns * type.byteCount, "the bytes do not hold [\(rows), \(columns)]")
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress, rows > 0 else { return }
      var work = unsafe TransposeWork(
        element: type.code,
        source: start,
        rowByteCount: columns * type.byteCount,
        row: row,
        depth: depth,
        columns: columns,
        panels: panels.base
      )
      unsafe pool.run(count: rows, grain: 64, context: &work) { context, first, last in
        let work = unsafe context.assumingMemoryBound(to: TransposeWork.self).pointee
        unsafe ck_pack_columns(
          work.element,
          work.source + first * work.rowByteCount,
          work.row + first,
          last - first,
          work.depth,
          work.columns,
          work.panels
        )
      }
    }
  }

  /// The bias of output features `row ..< row + count`.
  package mutating func packBias(_ bytes: RawSpan, of type: ElementType, count: Int, at row: Int) {
    precondition(count >= 0 && row >= 0 && row + count <= columns, "bias \(row) + \(count) is outside \(columns)")
    precondition(bytes.byteCount == count * type.byteCount, "the bytes do not hold [\(count)]")
    precondition(bias.count > 0, "the matrix was made without bias")
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe ck_convert(type.code, start, count, bias.base + row)
    }
  }

  /// Copies output feature `row` to `target[offset ..< offset + depth]`: an embedding that shares these weights.
  package func unpack(row: Int, into target: inout AlignedBuffer, at offset: Int) {
    precondition(row >= 0 && row < columns, "row \(row) is outside \(columns)")
    precondition(offset >= 0 && offset + depth <= target.count, "the target is too short")
    unsafe ck_unpack_row(panels.base, depth, row, target.base + offset)
  }

  var descriptor: ck_matrix {
    unsafe ck_matrix(panels: panels.base, bias: bias.count > 0 ? bias.base : nil, depth: depth, columns: columns)
  }
}

@unsafe private struct PackWork {
  let element: ck_element
  let source: UnsafeRawPointer
  let rowByteCount: Int
  let depth: Int
  let row: Int
  let panels: UnsafeMutablePointer<Float>
}

@unsafe private struct TransposeWork {
  let element: ck_element
  let source: UnsafeRawPointer
  let rowByteCount: Int
  let row: Int
  let depth: Int
  let columns: Int
  let panels: UnsafeMutablePointer<Float>
}
