import Tensors

/// The filters: min-p, then top-k, then top-p, as vLLM applies them.
extension Sampler {
  /// Among the tokens that min-p, then top-k, then top-p keep, in the order of ids.
  func drawFromKept(_ logits: Span<Float>, _ workspace: inout Workspace, _ point: Double) -> Int? {
    guard weigh(logits, &workspace) else { return nil }
    collectCandidates(logits, &workspace)
    let weights = workspace.weights
    if let topK {
      workspace.selection.keep(.count(topK), of: &workspace.candidates, logits: logits, weights: weights.span)
    }
    if topP < 1 {
      let total = isTopPAlone ? Self.sum(weights.span, weights.indices) : Self.total(workspace)
      workspace.selection.keep(.weight(topP * total), of: &workspace.candidates, logits: logits, weights: weights.span)
    }
    var rest = point * Self.total(workspace)
    var last: Int?
    for id in workspace.candidates where weights[Int(id)] > 0 {
      last = Int(id)
      rest -= Double(weights[Int(id)])
      if rest < 0 { break }
    }
    return last
  }

  /// Makes the weights the probabilities at the temperature.
  /// - Returns: whether they are any.
  private func weigh(_ logits: Span<Float>, _ workspace: inout Workspace) -> Bool {
    guard !logits.isEmpty else { return false }
    workspace.resize(logits.count)
    let kernels = workspace.kernels
    var weights = workspace.weights.mutableSpan
    kernels.softmax(logits, temperature: Float(temperature), into: &weights)
    // The kernel's sum, and so each weight, is NaN if a logit is NaN or +∞, or if all are −∞.
    return !weights[0].isNaN
  }

  private static func total(_ workspace: Workspace) -> Double {
    workspace.candidates.reduce(0) { $0 + Double(workspace.weights[Int($1)]) }
  }

  /// Whether top-p's share is of all tokens.
  private var isTopPAlone: Bool { topK == nil && minP <= 0 }

  /// The tokens that min-p keeps, without those that a bound shows to be outside top-k or top-p.
  private func collectCandidates(_ logits: Span<Float>, _ workspace: inout Workspace) {
    let weights = workspace.weights
    var leastLogit = -Float.infinity
    if let topK { leastLogit = Self.leastLogit(ofTop: topK, logits, &workspace) }
    Self.collect(into: &workspace.candidates, logits, weights.span, leastLogit, leastWeight(weights))
  }

  private static func collect(
    into candidates: inout [Int32],
    _ logits: Span<Float>,
    _ weights: Span<Float>,
    _ leastLogit: Float,
    _ leastWeight: Float
  ) {
    candidates.removeAll(keepingCapacity: true)
    for id in logits.indices where logits[id] >= leastLogit && weights[id] >= leastWeight {
      candidates.append(Int32(id))
    }
  }

  /// For top-p alone: what all the tokens below (1 − p) / vocabulary have together is less than the 1 − p that it
  /// leaves out.
  private func leastWeight(_ weights: [Float]) -> Float {
    if minP > 0 { return Float(minP) * Self.largest(weights.span, weights.indices) }
    return isTopPAlone ? Float((1 - topP) / Double(weights.count)) * 0.99 : 0
  }

  /// The kth of the greatest logits of blocks: at least k tokens reach it.
  private static func leastLogit(ofTop count: Int, _ logits: Span<Float>, _ workspace: inout Workspace) -> Float {
    let size = 64
    workspace.blockMaxima.removeAll(keepingCapacity: true)
    workspace.candidates.removeAll(keepingCapacity: true)
    for start in stride(from: 0, to: logits.count, by: size) {
      workspace.candidates.append(Int32(workspace.blockMaxima.count))
      workspace.blockMaxima.append(largest(logits, start..<min(start + size, logits.count)))
    }
    let maxima = workspace.blockMaxima
    guard count < maxima.count else { return -.infinity }
    workspace.selection.keep(.count(count), of: &workspace.candidates, logits: maxima.span, weights: maxima.span)
    return workspace.candidates.reduce(.infinity) { min($0, maxima[Int($1)]) }
  }

  /// Eight at a time, so that no comparison waits for the one before.
  private static func largest(_ values: Span<Float>, _ range: Range<Int>) -> Float {
    var largest = SIMD8<Float>(repeating: -.infinity)
    var index = range.lowerBound
    while index + 8 <= range.upperBound {
      let next = SIMD8(
        values[index],
        values[index + 1],
        values[index + 2],
        values[index + 3],
        values[index + 4],
        values[index + 5],
        values[index + 6],
        values[index + 7]
      )
      largest = largest.replacing(with: next, where: next .> largest)
      index += 8
    }
    var result = largest.max()
    while index < range.upperBound {
      result = values[index] > result ? values[index] : result
      index += 1
    }
    return result
  }
}
