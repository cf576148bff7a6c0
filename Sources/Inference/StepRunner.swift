import Models
import Tensors

/// Computes planned steps with the model.
struct StepRunner {
  /// One forward pass: its rows, and whose logits come out.
  struct Pass {
    fileprivate(set) var batch = ForwardBatch()
    /// The sequence and the position of each row of logits.
    fileprivate(set) var logitRows: [(id: SequenceID, position: Int)] = []
  }

  private let model: CausalLanguageModel
  private let cache: KVCache
  private let workspace: Workspace

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
  }

  /// The passes of a step, as many as its rows of logits need: one, unless scores are among it.
  func passes(of step: Scheduler.Step, _ sequences: [SequenceID: ActiveSequence]) -> [Pass] {
    var passes = [Pass()]
    for slice in step.slices {
      guard let sequence = sequences[slice.id] else { preconditionFailure("only live sequences are planned") }
      var start = slice.start
      let end = slice.start + slice.count
      while start < end {
        if passes[passes.count - 1].logitRows.count == workspace.maximumLogitRows { passes.append(Pass()) }
        let room = workspace.maximumLogitRows - passes[passes.count - 1].logitRows.count
        let part = start..<Self.end(of: sequence, start, end, room: room)
        append(part, of: slice, sequence, to: &passes[passes.count - 1])
        start = part.upperBound
      }
    }
    return passes
  }

  /// Where the part of a slice ends that begins at `start`: a score's parts have logits for all rows or for none.
  private static func end(of sequence: ActiveSequence, _ start: Int, _ end: Int, room: Int) -> Int {
    guard sequence.generation == nil else { return end }
    return start < sequence.firstScored - 1 ? min(end, sequence.firstScored - 1) : min(end, start + room)
  }

  private func append(
    _ part: Range<Int>,
    of slice: Scheduler.Slice,
    _ sequence: ActiveSequence,
    to pass: inout Pass
  ) {
    let logits: LogitSelection =
      sequence.generation == nil
      ? (part.lowerBound < sequence.firstScored - 1 ? .none : .all) : slice.endsSequence ? .last : .none
    pass.batch.append(
      tokens: sequence.tokens[part],
      startingAt: part.lowerBound,
      blockTable: slice.blockTable,
      logits: logits,
      contextLength: sequence.tokens.count
    )
    switch logits {
    case .none: break
    case .last: pass.logitRows.append((slice.id, part.upperBound - 1))
    case .all: pass.logitRows += part.map { (slice.id, $0) }
    }
  }

  func forward(_ pass: Pass) {
    model.forward(pass.batch, cache: cache, workspace: workspace)
  }

  /// The logits `[vocabularySize]` of a row of the last pass.
  func withLogits<Result>(row: Int, _ body: (Span<Float>) -> Result) -> Result {
    workspace.withLogits(row: row, body)
  }
}
