internal import CKernels

extension Kernels {
  /// y [rows, width] = x / sqrt(mean(x²) + epsilon) · weight, row by row; weight [width].
  package func rmsNorm(
    _ x: borrowing AlignedBuffer,
    weight: borrowing AlignedBuffer,
    epsilon: Float,
    rows: Int,
    into y: inout AlignedBuffer
  ) {
    let width = weight.count
    x.check(rows: rows, width: width)
    y.check(rows: rows, width: width)
    precondition(width > 0, "a row has at least one value")
    var work = unsafe NormWork(
      level: level.code,
      x: x.base,
      weight: weight.base,
      bias: nil,
      epsilon: epsilon,
      width: width,
      y: y.base
    )
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 2 * width), context: &work, NormWork.run)
  }

  /// y [rows, width] = (x - mean) / sqrt(variance + epsilon) · weight + bias, row by row; weight and bias [width].
  package func layerNorm(
    _ x: borrowing AlignedBuffer,
    weight: borrowing AlignedBuffer,
    bias: borrowing AlignedBuffer,
    epsilon: Float,
    rows: Int,
    into y: inout AlignedBuffer
  ) {
    let width = weight.count
    x.check(rows: rows, width: width)
    y.check(rows: rows, width: width)
    precondition(width > 0 && bias.count == width, "a row has a weight and a bias for each value")
    var work = unsafe NormWork(
      level: level.code,
      x: x.base,
      weight: weight.base,
      bias: UnsafePointer(bias.base),
      epsilon: epsilon,
      width: width,
      y: y.base
    )
    unsafe pool.run(count: rows, grain: grain(count: rows, workPerItem: 3 * width), context: &work, NormWork.run)
  }

  /// Each query head of qkv [rows, shape.width] by `queryWeight`, each key head by `keyWeight` (both [headSize]) as in
  /// `rmsNorm`, in place.
  package func normalizeHeads(
    _ qkv: inout AlignedBuffer,
    rows: Int,
    shape: AttentionShape,
    queryWeight: borrowing AlignedBuffer,
    keyWeight: borrowing AlignedBuffer,
    epsilon: Float
  ) {
    qkv.check(rows: rows, width: shape.width)
    precondition(
      queryWeight.count == shape.headSize && keyWeight.count == shape.headSize,
      "heads of \(shape.headSize) values have as many weights"
    )
    var work = unsafe HeadNormWork(
      level: level.code,
      qkv: qkv.base,
      shape: shape,
      queryWeight: queryWeight.base,
      keyWeight: keyWeight.base,
      epsilon: epsilon
    )
    let grain = grain(count: rows, workPerItem: 2 * shape.width)
    unsafe pool.run(count: rows, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: HeadNormWork.self).pointee.run(first..<last)
    }
  }
}

@unsafe private struct NormWork {
  let level: ck_level
  let x: UnsafePointer<Float>
  let weight: UnsafePointer<Float>
  let bias: UnsafePointer<Float>?
  let epsilon: Float
  let width: Int
  let y: UnsafeMutablePointer<Float>

  static let run: TileFunction = { context, first, last in
    let work = unsafe context.assumingMemoryBound(to: NormWork.self).pointee
    for row in first..<last {
      let x = unsafe work.x + row * work.width, y = unsafe work.y + row * work.width
      if let bias = unsafe work.bias {
        unsafe ck_layer_norm_f32(work.level, x, work.weight, bias, work.epsilon, work.width, y)
      } else {
        unsafe ck_rms_norm_f32(work.level, x, work.weight, work.epsilon, work.width, y)
      }
    }
  }
}

@unsafe private struct HeadNormWork {
  let level: ck_level
  let qkv: UnsafeMutablePointer<Float>
  let shape: AttentionShape
  let queryWeight: UnsafePointer<Float>
  let keyWeight: UnsafePointer<Float>
  let epsilon: Float

  func run(_ rows: Range<Int>) {
    let shape = unsafe self.shape
    for row in rows {
      for head in 0..<shape.headCount + shape.keyValueHeadCount {
        let weight = unsafe head < shape.headCount ? queryWeight : keyWeight
        let x = unsafe qkv + row * shape.width + head * shape.headSize
        unsafe ck_rms_norm_f32(level, x, weight, epsilon, shape.headSize, x)
      }
    }
  }
}
