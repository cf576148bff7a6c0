import JSON
import Models
import Tensors

/// Runs one sequence through a model with a cache of its own.
struct Evaluation {
  let model: CausalLanguageModel
  let cache: KVCache
  let workspace: Workspace
  let blockTable: [Int32]

  init(_ model: CausalLanguageModel, maximumRows: Int = 512) {
    self.model = model
    let blocks = (model.configuration.maxPositionCount + KVCache.blockSize - 1) / KVCache.blockSize
    cache = model.makeCache(blockCount: blocks)
    // Backwards, so that a block's number is not its place.
    blockTable = (0..<Int32(blocks)).reversed()
    workspace = model.makeWorkspace(maximumRows: maximumRows, maximumSequences: 8, maximumLogitRows: maximumRows)
  }

  /// Logits of every position, computed in chunks of at most `chunk` tokens.
  func logits(_ tokens: [Int32], chunk: Int = 512, adapter: ModelAdapter? = nil) -> [[Float]] {
    var all: [[Float]] = []
    var batch = ForwardBatch()
    for start in stride(from: 0, to: tokens.count, by: chunk) {
      let end = min(start + chunk, tokens.count)
      batch.removeAll()
      batch.append(
        tokens: tokens[start..<end],
        startingAt: start,
        blockTable: blockTable,
        logits: .all,
        contextLength: tokens.count,
        adapter: adapter
      )
      model.forward(batch, cache: cache, workspace: workspace)
      all += (0..<end - start).map { row in workspace.row(row) }
    }
    return all
  }

  /// Negative log-likelihood of each token after the first.
  func losses(_ tokens: [Int32]) -> [Double] {
    let rows = logits(tokens)
    return zip(rows, tokens.dropFirst()).map { row, next in
      model.kernels.logSumExp(row.span) - Double(row[Int(next)])
    }
  }

  /// Greedy continuation of `prompt` up to `count` tokens in all, `suppressed` never chosen.
  func greedy(_ prompt: [Int32], count: Int, suppressed: Int? = nil, stop: Set<Int32> = []) -> [Int32] {
    var tokens = prompt
    var batch = ForwardBatch()
    var pending = prompt
    while tokens.count < count {
      batch.removeAll()
      let position = tokens.count - pending.count
      batch.append(tokens: pending, startingAt: position, blockTable: blockTable, logits: .last)
      model.forward(batch, cache: cache, workspace: workspace)
      var row = workspace.row(0)
      if let suppressed { row[suppressed] = -.infinity }
      guard let next = model.kernels.argmax(row.span) else { break }
      pending = [Int32(next)]
      tokens += pending
      // All positions have other frequencies from here on.
      if let start = model.configuration.longContextStart, tokens.count == start + 1 { pending = tokens }
      if stop.contains(Int32(next)) { break }
    }
    return tokens
  }
}

extension Workspace {
  func row(_ row: Int) -> [Float] {
    withLogits(row: row) { span in span.indices.map { span[$0] } }
  }
}

extension JSONValue {
  var tokens: [Int32] { (array ?? []).compactMap { $0.integer.map(Int32.init) } }
  var doubles: [Double] { (array ?? []).compactMap { $0.double } }
}

/// max |ours - reference| / max |reference|
func relativeError(_ ours: [Float], _ reference: [Double]) -> Double {
  guard ours.count == reference.count else { return .infinity }
  let difference = zip(ours, reference).map { abs(Double($0) - $1) }.max() ?? .infinity
  return difference / (reference.map { abs($0) }.max() ?? 0)
}

func bits(_ rows: [[Float]]) -> [[UInt32]] { rows.map { $0.map(\.bitPattern) } }
