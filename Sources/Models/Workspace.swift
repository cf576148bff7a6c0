internal import Tensors

/// Every buffer that a forward pass of one model needs, sized once: passes allocate nothing.
///
/// One pass at a time uses a workspace.
package final class Workspace {
  package let maximumRows: Int
  package let maximumLogitRows: Int
  /// Logit rows of the last pass.
  package internal(set) var logitRowCount = 0

  let hiddenSize: Int
  let vocabularySize: Int
  var rows: BatchRows
  /// The residual stream, [rows, hiddenSize], and what a layer reads from and adds to it.
  var hidden: AlignedBuffer
  var normed: AlignedBuffer
  var update: AlignedBuffer
  /// [rows, (headCount + 2 · keyValueHeadCount) · headSize]
  var queryKeyValue: AlignedBuffer
  /// [rows, headCount · headSize]
  var attended: AlignedBuffer
  /// [rows, 2 · intermediateSize] and [rows, intermediateSize]
  var gateUp: AlignedBuffer
  var activated: AlignedBuffer
  /// [rows, headSize / 2]
  var cosines: AlignedBuffer
  var sines: AlignedBuffer
  /// [logit rows, hiddenSize] and [logit rows, vocabularySize]
  var selected: AlignedBuffer
  var logits: AlignedBuffer

  init(
    _ configuration: ModelConfiguration,
    intermediateSize: Int,
    maximumRows: Int,
    maximumSequences: Int,
    maximumLogitRows: Int
  ) {
    precondition(maximumRows > 0 && maximumSequences > 0 && maximumLogitRows > 0, "a workspace has room for a row")
    let queryWidth = configuration.headCount * configuration.headSize
    let keyValueWidth = configuration.keyValueHeadCount * configuration.headSize
    let blocks = (configuration.maxPositionCount + KVCache.blockSize - 1) / KVCache.blockSize
    self.maximumRows = maximumRows
    self.maximumLogitRows = maximumLogitRows
    hiddenSize = configuration.hiddenSize
    vocabularySize = configuration.vocabularySize
    rows = BatchRows(maximumRows: maximumRows, maximumBlocks: maximumSequences * blocks)
    hidden = AlignedBuffer(count: maximumRows * hiddenSize)
    normed = AlignedBuffer(count: max(maximumRows, maximumLogitRows) * hiddenSize)
    update = AlignedBuffer(count: maximumRows * hiddenSize)
    queryKeyValue = AlignedBuffer(count: maximumRows * (queryWidth + 2 * keyValueWidth))
    attended = AlignedBuffer(count: maximumRows * queryWidth)
    gateUp = AlignedBuffer(count: maximumRows * 2 * intermediateSize)
    activated = AlignedBuffer(count: maximumRows * intermediateSize)
    cosines = AlignedBuffer(count: maximumRows * configuration.headSize / 2)
    sines = AlignedBuffer(count: maximumRows * configuration.headSize / 2)
    selected = AlignedBuffer(count: maximumLogitRows * hiddenSize)
    logits = AlignedBuffer(count: maximumLogitRows * vocabularySize)
  }

  /// The logits [vocabularySize] of the last pass' logit row `row`, valid during `body`.
  package func withLogits<Result, Failure: Error>(
    row: Int,
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(row >= 0 && row < logitRowCount, "logit row \(row) is outside \(logitRowCount)")
    return try logits.withSpan(row * vocabularySize..<(row + 1) * vocabularySize, body)
  }
}

/// One forward pass at a time uses a workspace; its threads write disjoint parts of the buffers.
extension Workspace: @unchecked Sendable {}
