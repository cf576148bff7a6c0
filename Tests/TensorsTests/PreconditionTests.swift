import Tensors
import Testing

/// What guards memory ends the process instead of reading or writing beyond it.
struct PreconditionTests {
  @Test func `a buffer traps outside its range`() async {
    await #expect(processExitsWith: .failure) {
      let buffer = AlignedBuffer(count: 3)
      _ = buffer[3]
    }
  }

  @Test func `a product into too short a buffer traps`() async {
    await #expect(processExitsWith: .failure) {
      let matrix = PackedMatrix(columns: 4, depth: 4)
      var y = AlignedBuffer(count: 7)
      let kernels = Kernels(pool: ThreadPool(threads: 1))
      kernels.multiply(AlignedBuffer(count: 8), rows: 2, by: matrix, into: &y)
    }
  }

  @Test func `packing fewer bytes than the rows have traps`() async {
    await #expect(processExitsWith: .failure) {
      var matrix = PackedMatrix(columns: 4, depth: 4)
      let bytes = [UInt8](repeating: 0, count: 15)
      matrix.pack(bytes.span.bytes, of: .float32, rows: 1, at: 0, pool: ThreadPool(threads: 1))
    }
  }

  @Test func `a block that the cache does not have traps`() async {
    await #expect(processExitsWith: .failure) {
      let shape = AttentionShape(headCount: 1, keyValueHeadCount: 1, headSize: 2)
      let cache = KVCache(layerCount: 1, blockCount: 1, keyValueHeadCount: 1, headSize: 2)
      var rows = BatchRows(maximumRows: 1, maximumBlocks: 1)
      rows.append(rowCount: 1, position: 0, blockTable: [1])
      var y = AlignedBuffer(count: 2)
      Kernels(pool: ThreadPool(threads: 1)).attend(
        AlignedBuffer(count: 6),
        rows: rows,
        shape: shape,
        scale: 1,
        layer: 0,
        cache: cache,
        into: &y
      )
    }
  }

  @Test func `a block table that does not cover the positions traps`() async {
    await #expect(processExitsWith: .failure) {
      var rows = BatchRows(maximumRows: 40, maximumBlocks: 4)
      rows.append(rowCount: 33, position: 0, blockTable: [0])
    }
  }
}
