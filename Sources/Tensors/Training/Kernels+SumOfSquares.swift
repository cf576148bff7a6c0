internal import CKernels

extension Kernels {
  private static let chunkCount = 1 << 14

  /// The sum of x² in f64: chunks of 16 384 values, added in their order.
  package func sumOfSquares(_ x: borrowing AlignedBuffer) -> Double {
    let count = x.count
    let chunks = (count + Self.chunkCount - 1) / Self.chunkCount
    return unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: chunks) { sums in
      guard let start = sums.baseAddress else { return 0 }
      var work = unsafe SquaresWork(level: level.code, x: x.base, count: count, sums: start)
      let grain = grain(count: chunks, workPerItem: Self.chunkCount)
      unsafe pool.run(count: chunks, grain: grain, context: &work) { context, first, last in
        let work = unsafe context.assumingMemoryBound(to: SquaresWork.self).pointee
        for chunk in first..<last {
          let place = chunk * Kernels.chunkCount
          let size = unsafe min(Kernels.chunkCount, work.count - place)
          unsafe work.sums[chunk] = ck_sum_of_squares_f32(work.level, work.x + place, size)
        }
      }
      return unsafe sums.reduce(0, +)
    }
  }
}

@unsafe private struct SquaresWork {
  let level: ck_level
  let x: UnsafePointer<Float>
  let count: Int
  let sums: UnsafeMutablePointer<Double>
}
