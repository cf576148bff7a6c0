import Models
import Tensors

/// Computes planned steps with the model: in one pass, unless scores want more rows of logits than there is room for.
struct StepRunner {
  /// Whose logits a row of the pass gives.
  struct LogitRow {
    let slot: Int
    let position: Int
  }

  private let model: CausalLanguageModel
  private let cache: KVCache
  private let workspace: Workspace
  private var batch = ForwardBatch()
  /// By the scheduler's slots.
  private var adapters: [ModelAdapter?] = []
  /// Of the pass that is filled in.
  private(set) var logitRows: [LogitRow] = []
  /// Where the next pass goes on: a slice of the step, and how many of its rows are computed.
  private var nextSlice = 0
  private var doneRowCount = 0

  /// Rows of logits for scores; more are computed in several passes.
  private static let scoreRows = 64

  init(_ model: CausalLanguageModel, _ options: EngineOptions, blockCount: Int) {
    self.model = model
    cache = model.makeCache(blockCount: blockCount)
    workspace = model.makeWorkspace(
      maximumRows: options.tokenBudget,
      // A score's slice may be two: rows without logits, and rows with them.
      maximumSequences: 2 * options.maximumBatch,
      maximumLogitRows: max(options.maximumBatch, Self.scoreRows)
    )
    logitRows.reserveCapacity(workspace.maximumLogitRows)
  }

  /// Sets what the sequence in a slot is computed with besides the model; until the slot's next sequence.
  mutating func use(_ adapter: ModelAdapter?, forSequenceAt slot: Int) {
    if slot >= adapters.count { adapters += repeatElement(nil, count: slot + 1 - adapters.count) }
    adapters[slot] = adapter
  }

  /// Computes the next pass of the scheduler's step.
  /// - Returns: false when all of its rows are computed; the next call then begins with the step that is planned next.
  mutating func computePass(_ scheduler: borrowing Scheduler) -> Bool {
    logitRows.removeAll(keepingCapacity: true)
    while nextSlice < scheduler.step.slices.count, fill(scheduler.step.slices[nextSlice], scheduler) {
      nextSlice += 1
      doneRowCount = 0
    }
    guard !batch.sequences.isEmpty else {
      nextSlice = 0
      return false
    }
    model.forward(batch, cache: cache, workspace: workspace)
    // Lets go of the block tables, which would be copied when they grow.
    batch.removeAll()
    return true
  }

  /// Adds what is left of a slice.
  /// - Returns: whether there was room for all of it.
  private mutating func fill(_ slice: Scheduler.Slice, _ scheduler: borrowing Scheduler) -> Bool {
    let end = slice.start + slice.count
    while slice.start + doneRowCount < end {
      let room = workspace.maximumLogitRows - logitRows.count
      let part = Self.part(of: slice, from: slice.start + doneRowCount, room: room)
      guard !part.isEmpty else { return false }
      append(part, of: slice, scheduler)
      doneRowCount += part.count
    }
    return true
  }

  /// Rows without logits, all the rows with logits that there is room for, or a row with logits and those before it.
  private static func part(of slice: Scheduler.Slice, from start: Int, room: Int) -> Range<Int> {
    let end = slice.start + slice.count
    if end <= slice.neededFrom { return start..<end }
    if end == slice.neededFrom + 1, room > 0 { return start..<end }
    return start..<(start < slice.neededFrom ? slice.neededFrom : min(end, start + room))
  }

  private mutating func append(_ part: Range<Int>, of slice: Scheduler.Slice, _ scheduler: borrowing Scheduler) {
    let tokens = scheduler.tokens(at: slice.slot)
    let first = max(part.lowerBound, slice.neededFrom)
    batch.append(
      tokens: tokens[part],
      startingAt: part.lowerBound,
      blockTable: scheduler.blockTable(at: slice.slot),
      logits: first >= part.upperBound ? .none : first == part.lowerBound && part.count > 1 ? .all : .last,
      contextLength: tokens.count,
      adapter: adapters[slice.slot]
    )
    for position in part where position >= slice.neededFrom {
      logitRows.append(LogitRow(slot: slice.slot, position: position))
    }
  }

  /// The logits `[vocabularySize]` of a row of the last pass.
  func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
    workspace.withLogits(row: row, body)
  }
}
