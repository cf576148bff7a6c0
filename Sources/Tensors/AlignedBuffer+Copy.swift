extension AlignedBuffer {
  /// The bytes of all values.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get { unsafe span.bytes }
  }

  /// A copy of `bytes`, whose number is a multiple of 4, made by all threads.
  package init(copying bytes: RawSpan, arena: BufferArena, pool: ThreadPool) {
    precondition(bytes.byteCount % MemoryLayout<Float>.stride == 0, "\(bytes.byteCount) bytes are no whole values")
    self.init(count: bytes.byteCount / MemoryLayout<Float>.stride, arena: arena)
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      var work = unsafe CopyWork(source: start, target: UnsafeMutableRawPointer(base))
      unsafe pool.run(count: bytes.byteCount, grain: Self.chunkByteCount, context: &work) { context, first, last in
        let work = unsafe context.assumingMemoryBound(to: CopyWork.self).pointee
        unsafe (work.target + first).copyMemory(from: work.source + first, byteCount: last - first)
      }
    }
  }

  /// A number that changes when the values do, by accident: of stored weights.
  ///
  /// Chunks of 1 MiB in four chains of xor and multiplication (FNV-1a over words), then the chunks in their order.
  package func checksum(pool: ThreadPool) -> UInt64 {
    let byteCount = count * MemoryLayout<Float>.stride
    let chunkCount = (byteCount + Self.chunkByteCount - 1) / Self.chunkByteCount
    var sums = [UInt64](repeating: 0, count: chunkCount)
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      guard let start = sums.baseAddress else { return }
      var work = unsafe ChecksumWork(values: UnsafeRawPointer(base), byteCount: byteCount, sums: start)
      unsafe pool.run(count: chunkCount, grain: 1, context: &work) { context, first, last in
        let work = unsafe context.assumingMemoryBound(to: ChecksumWork.self).pointee
        for chunk in first..<last { unsafe work.sums[chunk] = work.sum(ofChunk: chunk) }
      }
    }
    return sums.reduce(UInt64(byteCount)) { ($0 ^ $1) &* checksumPrime }
  }

  fileprivate static let chunkByteCount = 1 << 20
}

private let checksumPrime: UInt64 = 0x0000_0100_0000_01B3

@unsafe private struct CopyWork {
  let source: UnsafeRawPointer
  let target: UnsafeMutableRawPointer
}

@unsafe private struct ChecksumWork {
  let values: UnsafeRawPointer
  let byteCount: Int
  let sums: UnsafeMutablePointer<UInt64>

  func sum(ofChunk chunk: Int) -> UInt64 {
    let start = chunk * AlignedBuffer.chunkByteCount
    let end = unsafe min(start + AlignedBuffer.chunkByteCount, byteCount)
    var chains = (UInt64(1), UInt64(2), UInt64(3), UInt64(4))
    var offset = start
    while end - offset >= 32 {
      unsafe add(offset, to: &chains.0)
      unsafe add(offset + 8, to: &chains.1)
      unsafe add(offset + 16, to: &chains.2)
      unsafe add(offset + 24, to: &chains.3)
      offset += 32
    }
    while offset < end {
      let value = unsafe values.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      chains.0 = (chains.0 ^ UInt64(value)) &* checksumPrime
      offset += 4
    }
    return [chains.1, chains.2, chains.3].reduce(chains.0) { ($0 ^ ($1 >> 29)) &* checksumPrime ^ $1 }
  }

  private func add(_ offset: Int, to chain: inout UInt64) {
    let word = unsafe values.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    chain = (chain ^ word) &* checksumPrime
  }
}
