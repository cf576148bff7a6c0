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
      let matrix = PackedMatrix(columns: 4, depth: 4, precision: .float32)
      var y = AlignedBuffer(count: 7)
      let kernels = Kernels(pool: ThreadPool(threads: 1))
      var prepared = AlignedBuffer(count: 0)
      kernels.multiply(AlignedBuffer(count: 8), rows: 2, by: matrix, prepared: &prepared, into: &y)
    }
  }

  @Test func `packing fewer bytes than the rows have traps`() async {
    await #expect(processExitsWith: .failure) {
      var matrix = PackedMatrix(columns: 4, depth: 4, precision: .float32)
      let bytes = [UInt8](repeating: 0, count: 15)
      matrix.pack(bytes.span.bytes, of: .float32, rows: 1, at: 0, pool: ThreadPool(threads: 1))
    }
  }

  @Test func `packing fewer transposed values than the matrix has traps`() async {
    await #expect(processExitsWith: .failure) {
      var matrix = PackedMatrix(columns: 4, depth: 4, precision: .float32)
      matrix.pack(transposed: AlignedBuffer(count: 15), pool: ThreadPool(threads: 1))
    }
  }

  @Test func `head norms of another size than the heads trap`() async {
    await #expect(processExitsWith: .failure) {
      let shape = AttentionShape(headCount: 1, keyValueHeadCount: 1, headSize: 4)
      var qkv = AlignedBuffer(count: 12)
      Kernels(pool: ThreadPool(threads: 1)).normalizeHeads(
        &qkv,
        rows: 1,
        shape: shape,
        queryWeight: AlignedBuffer(count: 4),
        keyWeight: AlignedBuffer(count: 3),
        epsilon: 0
      )
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
        scoring: AttentionScoring(scale: 1),
        layer: 0,
        cache: cache,
        into: &y
      )
    }
  }

  @Test func `more dimensions that turn than a head has trap`() async {
    await #expect(processExitsWith: .failure) {
      let shape = AttentionShape(headCount: 1, keyValueHeadCount: 1, headSize: 3)
      let cache = KVCache(layerCount: 1, blockCount: 1, keyValueHeadCount: 1, headSize: 3)
      var rows = BatchRows(maximumRows: 1, maximumBlocks: 1)
      rows.append(rowCount: 1, position: 0, blockTable: [0])
      var qkv = AlignedBuffer(count: 9)
      let angles = RotaryAngles(maximumRows: 1, width: 4)
      let kernels = Kernels(pool: ThreadPool(threads: 1))
      kernels.rotateAndStore(&qkv, rows: rows, shape: shape, angles: angles, layer: 0, cache: cache)
    }
  }

  @Test func `a block table that does not cover the positions traps`() async {
    await #expect(processExitsWith: .failure) {
      var rows = BatchRows(maximumRows: 40, maximumBlocks: 4)
      rows.append(rowCount: 33, position: 0, blockTable: [0])
    }
  }

  @Test func `the gradient of a longer sequence than the scratch was made for traps`() async {
    await #expect(processExitsWith: .failure) { differentiateRows(count: 3, scratchRows: 2) }
  }

  @Test func `the gradient of larger heads than the scratch was made for traps`() async {
    await #expect(processExitsWith: .failure) { differentiateRows(scratchHeadSize: 1) }
  }

  @Test func `the gradient of a sequence without its first positions traps`() async {
    await #expect(processExitsWith: .failure) { differentiateRows(position: 1) }
  }

  @Test func `the gradient into too short a buffer traps`() async {
    await #expect(processExitsWith: .failure) { differentiateRows(resultCount: 11) }
  }

  @Test func `the gradient of two rows of a head of two is fine`() { differentiateRows() }
}

private func differentiateRows(
  count: Int = 2,
  position: Int = 0,
  scratchRows: Int = 3,
  scratchHeadSize: Int = 2,
  resultCount: Int = 18
) {
  var rows = BatchRows(maximumRows: 3, maximumBlocks: 1)
  rows.append(rowCount: count, position: position, blockTable: [0])
  let kernels = Kernels(pool: ThreadPool(threads: 1))
  var dqkv = AlignedBuffer(count: resultCount)
  kernels.attendGradient(
    AlignedBuffer(count: 6),
    qkv: AlignedBuffer(count: 18),
    attended: AlignedBuffer(count: 6),
    rows: rows,
    shape: AttentionShape(headCount: 1, keyValueHeadCount: 1, headSize: 2),
    scoring: AttentionScoring(scale: 1),
    scratch: AttentionGradientScratch(kernels: kernels, maximumRows: scratchRows, headSize: scratchHeadSize),
    into: &dqkv
  )
}
