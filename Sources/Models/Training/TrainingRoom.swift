internal import Tensors

/// What the linear layers of a model in training share: how they compute, and what they work in.
///
/// Layers reserve while they are built; `prepare` then makes the buffers, once.
final class TrainingRoom {
  let precision: Precision
  /// Of the pass under way; nil: nothing is dropped.
  var randomness: StepRandomness?
  /// [rows, ranks] of one adapter, and what dropout leaves of its input.
  var ranks = AlignedBuffer(count: 0)
  var dropped = AlignedBuffer(count: 0)
  private var scratch: ProductScratch?
  private var columns = 1
  private var depth = 1
  private var rank = 0
  private var droppedWidth = 0

  init(precision: Precision) { self.precision = precision }

  func reserve(columns: Int, depth: Int, rank: Int) {
    self.columns = max(self.columns, columns)
    self.depth = max(self.depth, depth)
    self.rank = max(self.rank, rank)
  }

  func reserveDropout(width: Int) { droppedWidth = max(droppedWidth, width) }

  func prepare(maximumRows: Int, kernels: Kernels) {
    ranks = AlignedBuffer(count: maximumRows * rank)
    dropped = AlignedBuffer(count: maximumRows * droppedWidth)
    scratch = ProductScratch(
      kernels: kernels,
      maximumRows: maximumRows,
      maximumColumns: columns,
      maximumDepth: depth
    )
  }

  var products: ProductScratch {
    guard let scratch else { preconditionFailure("the room was not prepared") }
    return scratch
  }

  /// The random numbers of an adapter's dropout; nil: it drops nothing.
  func drop(_ adapter: LowRankAdapter) -> StepRandomness? {
    guard adapter.dropout > 0, let randomness else { return nil }
    // An odd factor: no two adapters of a job have one key.
    let key = randomness.key &+ UInt64(adapter.index + 1) &* 0x9E37_79B9_7F4A_7C15
    return StepRandomness(key: key, counter: randomness.counter)
  }
}

/// One pass at a time uses it.
extension TrainingRoom: @unchecked Sendable {}
