internal import CKernels

extension Kernels {
  /// Backward of `rmsNorm`: dx = or += d(loss)/dx from dy = d(loss)/dy, all [rows, width], width that of `weight`.
  /// - Parameter weightGradient: [width], added to; of no values: not wanted.
  package func rmsNormGradient(
    _ dy: borrowing AlignedBuffer,
    _ x: borrowing AlignedBuffer,
    weight: borrowing AlignedBuffer,
    epsilon: Float,
    rows: Int,
    into dx: inout AlignedBuffer,
    adding: Bool,
    weightGradient: inout AlignedBuffer
  ) {
    let width = weight.count
    dy.check(rows: rows, width: width)
    x.check(rows: rows, width: width)
    dx.check(rows: rows, width: width)
    precondition(width > 0, "a row has at least one value")
    if weightGradient.count > 0 {
      addNormWeightGradient(dy, x, .rootMeanSquare, epsilon: epsilon, rows: rows, width: width, to: &weightGradient)
    }
    var work = unsafe NormGradientWork(
      level: level.code,
      kind: .rootMeanSquare,
      dy: dy.base,
      x: x.base,
      weight: weight.base,
      epsilon: epsilon,
      width: width,
      adds: adding,
      dx: dx.base
    )
    let grain = grain(count: rows, workPerItem: 4 * width)
    unsafe pool.run(count: rows, grain: grain, context: &work, NormGradientWork.run)
  }

  /// Backward of `layerNorm`: dx = or += d(loss)/dx from dy = d(loss)/dy, all [rows, width], width that of `weight`.
  /// - Parameter weightGradient: [width], added to; of no values: not wanted. So `biasGradient`.
  package func layerNormGradient(
    _ dy: borrowing AlignedBuffer,
    _ x: borrowing AlignedBuffer,
    weight: borrowing AlignedBuffer,
    epsilon: Float,
    rows: Int,
    into dx: inout AlignedBuffer,
    adding: Bool,
    weightGradient: inout AlignedBuffer,
    biasGradient: inout AlignedBuffer
  ) {
    let width = weight.count
    dy.check(rows: rows, width: width)
    x.check(rows: rows, width: width)
    dx.check(rows: rows, width: width)
    precondition(width > 0, "a row has at least one value")
    if weightGradient.count > 0 {
      addNormWeightGradient(dy, x, .layer, epsilon: epsilon, rows: rows, width: width, to: &weightGradient)
    }
    if biasGradient.count > 0 { linearBiasGradient(dy, rows: rows, columns: width, into: &biasGradient) }
    var work = unsafe NormGradientWork(
      level: level.code,
      kind: .layer,
      dy: dy.base,
      x: x.base,
      weight: weight.base,
      epsilon: epsilon,
      width: width,
      adds: adding,
      dx: dx.base
    )
    let grain = grain(count: rows, workPerItem: 5 * width)
    unsafe pool.run(count: rows, grain: grain, context: &work, NormGradientWork.run)
  }

  /// The rows' statistics first, by rows; then the sums, by columns and in the order of rows.
  private func addNormWeightGradient(
    _ dy: borrowing AlignedBuffer,
    _ x: borrowing AlignedBuffer,
    _ kind: NormKind,
    epsilon: Float,
    rows: Int,
    width: Int,
    to gradient: inout AlignedBuffer
  ) {
    gradient.check(rows: 1, width: width)
    unsafe withUnsafeTemporaryAllocation(of: ck_row_statistics.self, capacity: rows) { statistics in
      guard let start = statistics.baseAddress, rows > 0 else { return }
      var work = unsafe NormWeightWork(
        level: level.code,
        kind: kind,
        dy: dy.base,
        x: x.base,
        epsilon: epsilon,
        rows: rows,
        width: width,
        statistics: start,
        gradient: gradient.base
      )
      let rowGrain = grain(count: rows, workPerItem: 2 * width)
      unsafe pool.run(count: rows, grain: rowGrain, context: &work, NormWeightWork.measure)
      let columnGrain = columnGrain(width, workPerColumn: 2 * rows)
      unsafe pool.run(count: width, grain: columnGrain, context: &work, NormWeightWork.add)
    }
  }
}

enum NormKind {
  case rootMeanSquare
  case layer
}

@unsafe private struct NormGradientWork {
  let level: ck_level
  let kind: NormKind
  let dy: UnsafePointer<Float>
  let x: UnsafePointer<Float>
  let weight: UnsafePointer<Float>
  let epsilon: Float
  let width: Int
  let adds: Bool
  let dx: UnsafeMutablePointer<Float>

  static let run: TileFunction = { context, first, last in
    let work = unsafe context.assumingMemoryBound(to: NormGradientWork.self).pointee
    let gradient = unsafe work.kind == .layer ? ck_layer_norm_gradient_f32 : ck_rms_norm_gradient_f32
    for row in first..<last {
      let offset = unsafe row * work.width
      unsafe gradient(
        work.level,
        work.dy + offset,
        work.x + offset,
        work.weight,
        work.epsilon,
        work.width,
        work.adds ? 1 : 0,
        work.dx + offset
      )
    }
  }
}

@unsafe private struct NormWeightWork {
  let level: ck_level
  let kind: NormKind
  let dy: UnsafePointer<Float>
  let x: UnsafePointer<Float>
  let epsilon: Float
  let rows: Int
  let width: Int
  let statistics: UnsafeMutablePointer<ck_row_statistics>
  let gradient: UnsafeMutablePointer<Float>

  static let measure: TileFunction = { context, first, last in
    let work = unsafe context.assumingMemoryBound(to: NormWeightWork.self).pointee
    for row in first..<last {
      let x = unsafe work.x + row * work.width
      unsafe work.statistics[row] =
        switch unsafe work.kind {
        case .rootMeanSquare:
          unsafe ck_row_statistics(mean: 0, scale: ck_rms_norm_scale_f32(work.level, x, work.epsilon, work.width))
        case .layer: unsafe ck_layer_norm_statistics_f32(work.level, x, work.epsilon, work.width)
        }
    }
  }

  static let add: TileFunction = { context, first, last in
    let work = unsafe context.assumingMemoryBound(to: NormWeightWork.self).pointee
    unsafe ck_norm_column_sums_f32(
      work.level,
      work.dy + first,
      work.x + first,
      work.width,
      work.rows,
      work.statistics,
      last - first,
      work.gradient + first
    )
  }
}
