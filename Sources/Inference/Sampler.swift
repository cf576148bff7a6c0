/// Chooses a token from logits. The choice depends on logits, parameters, seed and index alone: every sum runs in an
/// order that these fix.
package struct Sampler: Sendable {
  private let temperature: Double
  private let topK: Int?
  private let topP: Double
  private let logitBias: [(id: Int, bias: Float)]
  package let seed: UInt64

  package init(_ parameters: GenerationParameters, seed: UInt64) {
    temperature = parameters.temperature
    topK = parameters.topK
    topP = parameters.topP
    logitBias = parameters.logitBias.map { ($0.key, $0.value) }
    self.seed = seed
  }

  /// Memory that samplers reuse from token to token.
  package struct Workspace: Sendable {
    fileprivate var logits: [Float] = []
    fileprivate var weights: [Double] = []
    fileprivate var heap: [Int] = []

    package init() {}
  }

  /// The token that follows.
  /// - Parameter logits: `[vocabularySize]`
  /// - Parameter index: how many tokens this request has generated before.
  /// - Returns: nil if a logit is NaN or +∞, or if all are −∞.
  package func sample(_ logits: Span<Float>, index: Int, workspace: inout Workspace) -> Int? {
    load(logits, into: &workspace.logits)
    guard let likeliest = Self.likeliest(workspace.logits) else { return nil }
    if temperature == 0 { return likeliest }
    weigh(&workspace, maximum: workspace.logits[likeliest])
    let point = Philox.uniform(seed: seed, index: index)
    let keepsAll = topP >= 1 && (topK ?? .max) >= workspace.logits.count
    return keepsAll ? Self.draw(workspace.weights, point) : drawFromLikeliest(&workspace, point)
  }

  private func load(_ logits: Span<Float>, into copy: inout [Float]) {
    copy.removeAll(keepingCapacity: true)
    for index in logits.indices { copy.append(logits[index]) }
    for (id, bias) in logitBias where copy.indices.contains(id) { copy[id] += bias }
  }

  private static func likeliest(_ logits: [Float]) -> Int? {
    var best: Int?
    var maximum = -Float.infinity
    for (id, logit) in logits.enumerated() {
      guard logit < .infinity else { return nil }
      if logit > maximum {
        maximum = logit
        best = id
      }
    }
    return best
  }

  private func weigh(_ workspace: inout Workspace, maximum: Float) {
    workspace.weights.removeAll(keepingCapacity: true)
    for logit in workspace.logits {
      workspace.weights.append(exponential((Double(logit) - Double(maximum)) / temperature))
    }
  }

  /// Among all tokens, in the order of ids.
  private static func draw(_ weights: [Double], _ point: Double) -> Int? {
    let target = point * weights.reduce(0, +)
    var sum = 0.0
    for (id, weight) in weights.enumerated() {
      sum += weight
      if sum > target { return id }
    }
    // Rounding can leave the last sum at the target.
    return weights.lastIndex { $0 > 0 }
  }

  /// Among the tokens that top-k and then top-p keep, in the order of falling logits and rising ids.
  private func drawFromLikeliest(_ workspace: inout Workspace, _ point: Double) -> Int? {
    var heap = LikeliestFirst(&workspace)
    defer { heap.giveBack(to: &workspace) }
    var kept: [Int] = []
    var total = 0.0
    if let topK {
      while kept.count < topK, let id = heap.pop() { kept.append(id) }
      total = kept.reduce(0) { $0 + heap.weights[$1] }
    } else {
      total = heap.weights.reduce(0, +)
    }
    var nucleus: [Int] = []
    var sum = 0.0
    while sum < topP * total || nucleus.isEmpty, let id = topK == nil ? heap.pop() : Self.element(nucleus.count, kept) {
      nucleus.append(id)
      sum += heap.weights[id]
    }
    let target = point * sum
    var reached = 0.0
    for id in nucleus {
      reached += heap.weights[id]
      if reached > target { return id }
    }
    return nucleus.last
  }

  private static func element(_ index: Int, _ elements: [Int]) -> Int? {
    elements.indices.contains(index) ? elements[index] : nil
  }

  /// A binary heap of ids: the greatest logit first, the lowest id among equals.
  private struct LikeliestFirst {
    let logits: [Float]
    let weights: [Double]
    private var heap: [Int]

    /// Takes the arrays out of the workspace, so that nothing is copied.
    init(_ workspace: inout Workspace) {
      logits = workspace.logits
      weights = workspace.weights
      heap = workspace.heap
      workspace = Workspace()
      heap.removeAll(keepingCapacity: true)
      heap.append(contentsOf: logits.indices)
      for parent in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(parent) }
    }

    func giveBack(to workspace: inout Workspace) {
      workspace.logits = logits
      workspace.weights = weights
      workspace.heap = heap
    }

    mutating func pop() -> Int? {
      guard let first = heap.first, let last = heap.popLast() else { return nil }
      if !heap.isEmpty {
        heap[0] = last
        siftDown(0)
      }
      return first
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
      logits[left] > logits[right] || (logits[left] == logits[right] && left < right)
    }

    private mutating func siftDown(_ start: Int) {
      let moved = heap[start]
      var parent = start
      while true {
        var child = 2 * parent + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
        guard precedes(heap[child], moved) else { break }
        heap[parent] = heap[child]
        parent = child
      }
      heap[parent] = moved
    }
  }
}
