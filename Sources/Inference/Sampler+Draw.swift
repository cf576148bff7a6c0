import Glibc
import Tensors

/// Drawing a token: every sum runs in an order that the logits alone fix.
extension Sampler {
  private static let blockSize = 1024

  /// Among all tokens, in the order of ids: first the block, then the token in it. One exponential a logit, and none is
  /// stored but those of one block.
  func draw(from logits: Span<Float>, _ workspace: inout Workspace, _ point: Double) -> Int? {
    guard let total = sumBlocks(logits, &workspace), let (block, rest) = Self.find(point * total, workspace.blocks)
    else { return nil }
    let start = block * Self.blockSize
    weighBlock(logits.extracting(start..<min(start + Self.blockSize, logits.count)), &workspace)
    return Self.token(in: workspace.blockWeights.span, at: rest / workspace.blocks[block].sum).map { start + $0 }
  }

  /// Makes workspace.blockWeights the probabilities of a block's tokens among themselves.
  private func weighBlock(_ logits: Span<Float>, _ workspace: inout Workspace) {
    workspace.blockLogits.removeAll(keepingCapacity: true)
    for index in logits.indices { workspace.blockLogits.append(logits[index]) }
    // The last block of a vocabulary is shorter: what it lacks is excluded.
    while workspace.blockLogits.count < Self.blockSize { workspace.blockLogits.append(-.infinity) }
    if workspace.blockWeights.isEmpty { workspace.blockWeights = Array(repeating: 0, count: Self.blockSize) }
    let kernels = workspace.kernels
    let logits = workspace.blockLogits
    var weights = workspace.blockWeights.mutableSpan
    kernels.softmax(logits.span, temperature: Float(temperature), into: &weights)
  }

  /// Fills workspace.blocks.
  /// - Returns: the sum over all blocks; nil if a logit is NaN or +∞, or if all are −∞.
  private func sumBlocks(_ logits: Span<Float>, _ workspace: inout Workspace) -> Double? {
    workspace.blocks.removeAll(keepingCapacity: true)
    var largest = -Float.infinity
    for start in stride(from: 0, to: logits.count, by: Self.blockSize) {
      let block = logits.extracting(start..<min(start + Self.blockSize, logits.count))
      let (maximum, sum) = workspace.kernels.exponentialSum(block, temperature: Float(temperature))
      // A block of excluded tokens alone has no sum.
      let isEmpty = maximum == -.infinity && !Self.hasNaN(block)
      guard isEmpty || sum.isFinite else { return nil }
      workspace.blocks.append((maximum, isEmpty ? 0 : Double(sum)))
      largest = max(largest, maximum)
    }
    var total = 0.0
    for index in workspace.blocks.indices where workspace.blocks[index].sum > 0 {
      workspace.blocks[index].sum *= exp(Double(workspace.blocks[index].maximum - largest) / temperature)
      total += workspace.blocks[index].sum
    }
    return total > 0 ? total : nil
  }

  private static func hasNaN(_ logits: Span<Float>) -> Bool {
    for index in logits.indices where logits[index].isNaN { return true }
    return false
  }

  /// The block that a point falls into, and how far. Rounding can leave the point at the end: then the last one.
  private static func find(_ point: Double, _ blocks: [(maximum: Float, sum: Double)]) -> (block: Int, rest: Double)? {
    var rest = point
    var last: Int?
    for index in blocks.indices where blocks[index].sum > 0 {
      if rest < blocks[index].sum { return (index, rest) }
      rest -= blocks[index].sum
      last = index
    }
    return last.map { ($0, blocks[$0].sum) }
  }

  /// The token at a share of the sum of all weights.
  private static func token(in weights: Span<Float>, at share: Double) -> Int? {
    var rest = share * sum(weights, weights.indices)
    var last: Int?
    for id in weights.indices where weights[id] > 0 {
      last = id
      rest -= Double(weights[id])
      if rest < 0 { break }
    }
    return last
  }

  /// Four sums side by side, so that no addition waits for the one before.
  static func sum(_ weights: Span<Float>, _ range: Range<Int>) -> Double {
    var sums = (0.0, 0.0, 0.0, 0.0)
    var index = range.lowerBound
    while index + 4 <= range.upperBound {
      sums.0 += Double(weights[index])
      sums.1 += Double(weights[index + 1])
      sums.2 += Double(weights[index + 2])
      sums.3 += Double(weights[index + 3])
      index += 4
    }
    while index < range.upperBound {
      sums.0 += Double(weights[index])
      index += 1
    }
    return (sums.0 + sums.1) + (sums.2 + sums.3)
  }
}
