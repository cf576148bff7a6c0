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
  let adapters = AdapterRows()
  /// The residual stream, [rows, hiddenSize], and what a layer reads from and adds to it.
  var hidden: AlignedBuffer
  var normed: AlignedBuffer
  var update: AlignedBuffer
  /// [rows, (headCount + 2 · keyValueHeadCount) · headSize]
  var queryKeyValue: AlignedBuffer
  /// [rows, headCount · headSize]
  var attended: AlignedBuffer
  /// [rows, intermediateSize, times 2 with a gate] and [rows, intermediateSize]
  var expanded: AlignedBuffer
  var activated: AlignedBuffer
  /// Rows as products with quantised weights read them.
  var prepared: AlignedBuffer
  /// Of the layers that turn queries and keys; the second for models whose windowed layers turn otherwise.
  var angles: RotaryAngles
  var localAngles: RotaryAngles
  /// [logit rows, hiddenSize] and [logit rows, vocabularySize]
  var selected: AlignedBuffer
  var logits: AlignedBuffer

  /// - Parameters:
  ///   - maximumBlocks: of all sequences together; nil: as many as they have positions for.
  ///   - isTraining: blocks lend the room of `expanded`, and logits stand in that of `activated`.
  init(
    _ configuration: ModelConfiguration,
    _ widths: TransformerWidths,
    _ precision: Precision,
    _ kernels: Kernels,
    maximumRows: Int,
    maximumSequences: Int,
    maximumLogitRows: Int,
    maximumBlocks: Int? = nil,
    isTraining: Bool = false
  ) {
    precondition(maximumRows > 0 && maximumSequences > 0 && maximumLogitRows >= 0, "a workspace has room for a row")
    let queryWidth = configuration.headCount * configuration.headSize
    let keyValueWidth = configuration.keyValueHeadCount * configuration.headSize
    let blocks = (configuration.maxPositionCount + KVCache.blockSize - 1) / KVCache.blockSize
    let streamRows = max(maximumRows, maximumLogitRows)
    self.maximumRows = maximumRows
    self.maximumLogitRows = maximumLogitRows
    hiddenSize = configuration.hiddenSize
    vocabularySize = configuration.vocabularySize
    rows = BatchRows(maximumRows: maximumRows, maximumBlocks: maximumBlocks ?? maximumSequences * blocks)
    // Norms may swap the two.
    hidden = AlignedBuffer(count: streamRows * hiddenSize)
    normed = AlignedBuffer(count: streamRows * hiddenSize)
    update = AlignedBuffer(count: maximumRows * hiddenSize)
    queryKeyValue = AlignedBuffer(count: maximumRows * (queryWidth + 2 * keyValueWidth))
    attended = AlignedBuffer(count: maximumRows * queryWidth)
    let logitCount = maximumLogitRows * vocabularySize, activatedCount = maximumRows * widths.intermediate
    expanded = AlignedBuffer(count: isTraining ? 0 : maximumRows * widths.expanded)
    activated = AlignedBuffer(count: isTraining ? max(activatedCount, logitCount) : activatedCount)
    let widest = max(configuration.hiddenSize, queryWidth, widths.intermediate)
    let preparedCount = [precision, precision.ofVocabulary].map { kernels.preparedValueCount($0, depth: widest) }.max()
    prepared = AlignedBuffer(count: streamRows * (preparedCount ?? 0))
    angles = RotaryAngles(maximumRows: maximumRows, width: widths.rotary)
    localAngles = RotaryAngles(maximumRows: maximumRows, width: widths.localRotary)
    selected = AlignedBuffer(count: maximumLogitRows * hiddenSize)
    logits = AlignedBuffer(count: isTraining ? 0 : logitCount)
  }

  /// In training: gives the room of `activated`, which no layer works in meanwhile, to the logits during `body`.
  func withLogitRoom(_ body: () -> Void) {
    swap(&logits, &activated)
    body()
    swap(&logits, &activated)
  }

  /// The logits [vocabularySize] of the last pass' logit row `row`, valid during `body`.
  package func withLogits<Result, Failure: Error>(
    row: Int,
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(row >= 0 && row < logitRowCount, "logit row \(row) is outside \(logitRowCount)")
    return try logits.withSpan(row * vocabularySize..<(row + 1) * vocabularySize, body)
  }

  /// The hidden state [hiddenSize] of row `row` of the last pass, valid during `body`.
  func withHiddenState(row: Int, _ body: (Span<Float>) -> Void) {
    precondition(row >= 0 && row < rows.count, "row \(row) is outside \(rows.count)")
    hidden.withSpan(row * hiddenSize..<(row + 1) * hiddenSize, body)
  }
}

/// One forward pass at a time uses a workspace; its threads write disjoint parts of the buffers.
extension Workspace: @unchecked Sendable {}

/// Widths of a model's buffers beyond what its configuration says.
struct TransformerWidths: Sendable, Hashable {
  let intermediate: Int
  /// What the first product of a feed-forward layer gives: twice `intermediate` with a gate.
  let expanded: Int
  let rotary: Int
  let localRotary: Int
}
