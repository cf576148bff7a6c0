internal import CKernels

extension Kernels {
  /// Rows `tokens` of a table of packed weights into y [tokens.count, table.depth].
  package func lookUp(_ tokens: [Int32], in table: borrowing PackedMatrix, into y: inout AlignedBuffer) {
    y.check(rows: tokens.count, width: table.depth)
    for token in tokens {
      precondition(token >= 0 && token < table.columns, "row \(token) is outside \(table.columns)")
    }
    unsafe tokens.withUnsafeBufferPointer { tokens in
      guard let start = tokens.baseAddress else { return }
      var work = unsafe LookUpWork(table: table.descriptor, tokens: start, y: y.base)
      // A row of a panel is spread over as many cache lines: memory's latency is what counts.
      let grain = grain(count: tokens.count, workPerItem: 16 * table.depth)
      unsafe pool.run(count: tokens.count, grain: grain, context: &work) { context, first, last in
        let work = unsafe context.assumingMemoryBound(to: LookUpWork.self).pointee
        for index in first..<last { unsafe work.copy(index) }
      }
    }
  }
}

@unsafe private struct LookUpWork {
  let table: ck_matrix
  let tokens: UnsafePointer<Int32>
  let y: UnsafeMutablePointer<Float>

  func copy(_ index: Int) {
    unsafe ck_unpack_row(table.format, table.panels, table.depth, Int(tokens[index]), y + index * table.depth)
  }
}
