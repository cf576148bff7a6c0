internal import CKernels

extension Kernels {
  /// Rotates queries and keys of qkv [rows, shape.width] in place by the rows' angles, as `rotateAndStore` does.
  package func rotate(
    _ qkv: inout AlignedBuffer,
    rows: Int,
    shape: AttentionShape,
    angles: borrowing RotaryAngles
  ) {
    unsafe turn(&qkv, rows: rows, shape: shape, angles: angles, ck_rope_f32)
  }

  /// Backward of the rotation of queries and keys in dqkv [rows, shape.width], in place: by the opposite angles.
  package func rotateGradient(
    _ dqkv: inout AlignedBuffer,
    rows: Int,
    shape: AttentionShape,
    angles: borrowing RotaryAngles
  ) {
    unsafe turn(&dqkv, rows: rows, shape: shape, angles: angles, ck_rope_gradient_f32)
  }

  private func turn(
    _ x: inout AlignedBuffer,
    rows: Int,
    shape: AttentionShape,
    angles: borrowing RotaryAngles,
    _ rotation: @escaping RotationFunction
  ) {
    x.check(rows: rows, width: shape.width)
    precondition(angles.width <= shape.headSize, "\(angles.width) of \(shape.headSize) dimensions cannot turn")
    angles.cosines.check(rows: rows, width: angles.width / 2)
    angles.sines.check(rows: rows, width: angles.width / 2)
    var work = unsafe TurnWork(
      level: level.code,
      rotation: rotation,
      x: x.base,
      shape: shape,
      width: angles.width,
      cosines: angles.cosines.base,
      sines: angles.sines.base
    )
    let grain = grain(count: rows, workPerItem: 4 * shape.width)
    unsafe pool.run(count: rows, grain: grain, context: &work) { context, first, last in
      unsafe context.assumingMemoryBound(to: TurnWork.self).pointee.run(first..<last)
    }
  }
}

private typealias RotationFunction =
  @convention(c) (
    ck_level, UnsafeMutablePointer<Float>, Int, Int, Int, UnsafePointer<Float>, UnsafePointer<Float>
  ) -> Void

@unsafe private struct TurnWork {
  let level: ck_level
  let rotation: RotationFunction
  let x: UnsafeMutablePointer<Float>
  let shape: AttentionShape
  let width: Int
  let cosines: UnsafePointer<Float>
  let sines: UnsafePointer<Float>

  func run(_ rows: Range<Int>) {
    let shape = unsafe self.shape, heads = shape.headCount + shape.keyValueHeadCount
    for row in rows {
      let offset = unsafe row * width / 2
      unsafe rotation(level, x + row * shape.width, heads, shape.headSize, width, cosines + offset, sines + offset)
    }
  }
}
