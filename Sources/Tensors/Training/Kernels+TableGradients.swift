internal import CKernels

extension Kernels {
  /// gradient[tokens[row]] += factor · dx[row], in the order of rows; dx [tokens.count, width], gradient [_, width].
  package func addEmbeddingGradient(
    _ dx: borrowing AlignedBuffer,
    tokens: [Int32],
    width: Int,
    factor: Float = 1,
    into gradient: inout AlignedBuffer
  ) {
    unsafe tokens.withUnsafeBufferPointer { tokens in
      unsafe addRows(dx, at: tokens, width: width, factor: factor, to: &gradient)
    }
  }

  /// gradient[position + firstPosition] += dx[row] for the position of each row; dx [rows.count, width], gradient
  /// [_, width].
  package func addPositionGradient(
    _ dx: borrowing AlignedBuffer,
    rows: borrowing BatchRows,
    firstPosition: Int = 0,
    width: Int,
    into gradient: inout AlignedBuffer
  ) {
    let positions = (0..<rows.count).map { Int32(rows.position(of: $0) + firstPosition) }
    addEmbeddingGradient(dx, tokens: positions, width: width, into: &gradient)
  }

  private func addRows(
    _ dx: borrowing AlignedBuffer,
    at indices: UnsafeBufferPointer<Int32>,
    width: Int,
    factor: Float,
    to gradient: inout AlignedBuffer
  ) {
    dx.check(rows: indices.count, width: width)
    guard let start = indices.baseAddress, width > 0 else { return }
    let rowCount = gradient.count / width
    for place in indices.indices {
      let index = unsafe indices[place]
      precondition(index >= 0 && index < rowCount, "row \(index) is outside \(rowCount)")
    }
    var work = unsafe ScatterWork(
      level: level.code,
      x: dx.base,
      indices: start,
      rows: indices.count,
      width: width,
      factor: factor,
      table: gradient.base
    )
    let grain = columnGrain(width, workPerColumn: 2 * indices.count)
    unsafe pool.run(count: width, grain: grain, context: &work) { context, first, last in
      let work = unsafe context.assumingMemoryBound(to: ScatterWork.self).pointee
      unsafe ck_scatter_add_f32(
        work.level,
        work.x + first,
        work.indices,
        work.rows,
        work.width,
        last - first,
        work.factor,
        work.table + first
      )
    }
  }
}

@unsafe private struct ScatterWork {
  let level: ck_level
  let x: UnsafePointer<Float>
  let indices: UnsafePointer<Int32>
  let rows: Int
  let width: Int
  let factor: Float
  let table: UnsafeMutablePointer<Float>
}
