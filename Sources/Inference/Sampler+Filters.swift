/// The filters: min-p, then top-k, then top-p, as vLLM applies them.
extension Sampler {
  /// Among the tokens that min-p, then top-k, then top-p keep, in the order of ids.
  func drawFromKept(_ workspace: inout Workspace, _ point: Double) -> Int? {
    collectCandidates(&workspace)
    if let topK {
      workspace.selection.keep(
        .count(topK),
        of: &workspace.candidates,
        logits: workspace.logits,
        weights: workspace.weights
      )
    }
    if topP < 1 {
      let weights = workspace.weights
      let total = isTopPAlone ? Self.sum(weights.span, weights.indices) : Self.total(workspace)
      workspace.selection.keep(
        .weight(topP * total),
        of: &workspace.candidates,
        logits: workspace.logits,
        weights: weights
      )
    }
    var rest = point * Self.total(workspace)
    var last: Int?
    for id in workspace.candidates where workspace.weights[Int(id)] > 0 {
      last = Int(id)
      rest -= Double(workspace.weights[Int(id)])
      if rest < 0 { break }
    }
    return last
  }

  private static func total(_ workspace: Workspace) -> Double {
    workspace.candidates.reduce(0) { $0 + Double(workspace.weights[Int($1)]) }
  }

  /// Whether top-p's share is of all tokens.
  private var isTopPAlone: Bool { topK == nil && minP <= 0 }

  /// The tokens that min-p keeps, without those that a bound shows to be outside top-k or top-p.
  private func collectCandidates(_ workspace: inout Workspace) {
    let weight = leastWeight(workspace.weights)
    let logit = topK.map { Self.leastLogit(ofTop: $0, &workspace) } ?? -.infinity
    Self.collect(into: &workspace.candidates, workspace.logits, workspace.weights, logit, weight)
  }

  private static func collect(
    into candidates: inout [Int32],
    _ logits: [Float],
    _ weights: [Float],
    _ leastLogit: Float,
    _ leastWeight: Float
  ) {
    let logits = logits.span
    let weights = weights.span
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
  private static func leastLogit(ofTop count: Int, _ workspace: inout Workspace) -> Float {
    let logits = workspace.logits
    let size = 64
    workspace.blockMaxima.removeAll(keepingCapacity: true)
    workspace.candidates.removeAll(keepingCapacity: true)
    for start in stride(from: 0, to: logits.count, by: size) {
      workspace.candidates.append(Int32(workspace.blockMaxima.count))
      workspace.blockMaxima.append(largest(logits.span, start..<min(start + size, logits.count)))
    }
    guard count < workspace.blockMaxima.count else { return -.infinity }
    workspace.selection.keep(
      .count(count),
      of: &workspace.candidates,
      logits: workspace.blockMaxima,
      weights: workspace.blockMaxima
    )
    return workspace.candidates.reduce(.infinity) { min($0, workspace.blockMaxima[Int($1)]) }
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
