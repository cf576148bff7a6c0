internal import CKernels

/// Weights [columns, depth] of a linear layer (output features by input features) in the layout of `ck_gemm`.
///
/// Several checkpoint tensors may be packed side by side into one matrix, so that query, key and value (or gate and
/// up) are one product. Packed once at loading, directly from the mapped file; immutable afterwards.
package struct PackedMatrix: ~Copyable, Sendable {
  /// Output features.
  package let columns: Int
  /// Input features.
  package let depth: Int
  package let precision: Precision
  /// `ck_matrix`'s panels, and its bias [panel][16], which may be empty.
  package private(set) var panels: AlignedBuffer
  package private(set) var bias: AlignedBuffer

  static let panelWidth = Int(CK_PANEL)

  package init(
    columns: Int,
    depth: Int,
    precision: Precision,
    hasBias: Bool = false,
    arena: BufferArena = BufferArena()
  ) {
    let valueCount = Self.panelValueCount(columns: columns, depth: depth, precision: precision)
    self.init(
      columns: columns,
      depth: depth,
      precision: precision,
      panels: AlignedBuffer(count: valueCount, arena: arena),
      bias: AlignedBuffer(count: hasBias ? Self.panelCount(columns) * Self.panelWidth : 0)
    )
  }

  /// A matrix that was packed before, from its two buffers.
  package init(
    columns: Int,
    depth: Int,
    precision: Precision,
    panels: consuming AlignedBuffer,
    bias: consuming AlignedBuffer
  ) {
    precondition(columns > 0 && depth > 0, "a matrix has at least one row and one column")
    let valueCount = Self.panelValueCount(columns: columns, depth: depth, precision: precision)
    precondition(panels.count == valueCount, "\(panels.count) values are not the panels of [\(columns), \(depth)]")
    let biasCount = bias.count
    precondition(
      biasCount == 0 || biasCount == Self.panelCount(columns) * Self.panelWidth,
      "\(biasCount) values are not the bias of \(columns) features"
    )
    self.columns = columns
    self.depth = depth
    self.precision = precision
    self.panels = panels
    self.bias = bias
  }

  /// What a matrix takes in memory, its bias apart.
  package static func byteCount(columns: Int, depth: Int, precision: Precision) -> Int {
    panelCount(columns) * ck_panel_byte_count(precision.code, depth)
  }

  /// Floats that the panels have the size of.
  package static func panelValueCount(columns: Int, depth: Int, precision: Precision) -> Int {
    byteCount(columns: columns, depth: depth, precision: precision) / MemoryLayout<Float>.stride
  }

  /// Floats of a bias.
  package static func biasValueCount(columns: Int) -> Int { panelCount(columns) * panelWidth }

  private static func panelCount(_ columns: Int) -> Int { (columns + panelWidth - 1) / panelWidth }

  var panelCount: Int { Self.panelCount(columns) }

  /// Output features `row ..< row + rows` from the bytes of a checkpoint tensor [rows, depth] at any alignment.
  package mutating func pack(_ bytes: RawSpan, of type: ElementType, rows: Int, at row: Int, pool: ThreadPool) {
    precondition(rows >= 0 && row >= 0 && row + rows <= columns, "rows \(row) + \(rows) are outside \(columns)")
    precondition(bytes.byteCount == rows * depth * type.byteCount, "the bytes do not hold [\(rows), \(depth)]")
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress, rows > 0 else { return }
      var work = unsafe PackWork(
        format: precision.code,
        element: type.code,
        source: start,
        rowByteCount: depth * type.byteCount,
        depth: depth,
        row: row,
        panels: UnsafeMutableRawPointer(panels.base)
      )
      unsafe pool.run(count: rows, grain: Self.panelWidth, context: &work) { context, first, last in
        unsafe context.assumingMemoryBound(to: PackWork.self).pointee.run(first..<last)
      }
    }
  }

  /// All output features from `values` [depth, columns], which holds each in a column.
  package mutating func pack(transposed values: borrowing AlignedBuffer, pool: ThreadPool) {
    values.check(rows: depth, width: columns)
    var work = unsafe TransposeWork(
      format: precision.code,
      source: values.base,
      depth: depth,
      columns: columns,
      panels: UnsafeMutableRawPointer(panels.base)
    )
    unsafe pool.run(count: columns, grain: Self.panelWidth, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: TransposeWork.self).pointee.run(first..<last)
    }
  }

  /// The bias of output features `row ..< row + count`.
  package mutating func packBias(_ bytes: RawSpan, of type: ElementType, count: Int, at row: Int) {
    precondition(count >= 0 && row >= 0 && row + count <= columns, "bias \(row) + \(count) is outside \(columns)")
    precondition(bytes.byteCount == count * type.byteCount, "the bytes do not hold [\(count)]")
    precondition(bias.count > 0, "the matrix was made without bias")
    _ = bias.convert(bytes, of: type, at: row)
  }

  /// Copies output feature `row` to `target[offset ..< offset + depth]` as products see it: an embedding that shares
  /// these weights.
  package func unpack(row: Int, into target: inout AlignedBuffer, at offset: Int) {
    precondition(row >= 0 && row < columns, "row \(row) is outside \(columns)")
    precondition(offset >= 0 && offset + depth <= target.count, "the target is too short")
    unsafe ck_unpack_row(precision.code, panels.base, depth, row, target.base + offset)
  }

  var descriptor: ck_matrix {
    unsafe ck_matrix(
      format: precision.code,
      panels: panels.base,
      bias: bias.count > 0 ? bias.base : nil,
      depth: depth,
      columns: columns
    )
  }
}

@unsafe private struct PackWork {
  let format: ck_format
  let element: ck_element
  let source: UnsafeRawPointer
  let rowByteCount: Int
  let depth: Int
  let row: Int
  let panels: UnsafeMutableRawPointer

  func run(_ rows: Range<Int>) {
    let depth = unsafe self.depth
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: depth) { values in
      guard let start = values.baseAddress else { return }
      for index in rows {
        unsafe ck_convert(element, source + index * rowByteCount, depth, start)
        unsafe ck_pack_rows(format, start, 1, depth, row + index, panels)
      }
    }
  }
}

@unsafe private struct TransposeWork {
  let format: ck_format
  let source: UnsafePointer<Float>
  let depth: Int
  let columns: Int
  let panels: UnsafeMutableRawPointer

  func run(_ features: Range<Int>) {
    let depth = unsafe self.depth
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: features.count * depth) { values in
      guard let start = values.baseAddress else { return }
      for k in 0..<depth {
        for (index, feature) in features.enumerated() {
          unsafe values[index * depth + k] = source[k * columns + feature]
        }
      }
      unsafe ck_pack_rows(format, start, features.count, depth, features.lowerBound, panels)
    }
  }
}
