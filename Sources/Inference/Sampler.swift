import Tensors

/// Chooses a token from logits. The choice depends on logits, parameters, history, seed, choice and index alone: every
/// sum runs in an order that these fix.
///
/// Work is linear in the vocabulary, and nothing is allocated from the second token on.
package struct Sampler: Sendable {
  private let temperature: Double
  private let isGreedy: Bool
  let topK: Int?
  let topP: Double
  let minP: Double
  private let penalties: Penalties
  /// In the order of ids.
  private let logitBias: [(id: Int, bias: Float)]
  package let seed: UInt64
  private let choice: Int

  /// - Parameter choice: which of several answers to one request; each draws from a stream of its own.
  package init(_ parameters: GenerationParameters, seed: UInt64, choice: Int = 0) {
    temperature = parameters.temperature
    isGreedy = parameters.isGreedy
    topK = parameters.topK
    topP = parameters.topP
    minP = parameters.minP
    penalties = parameters.penalties
    logitBias = parameters.logitBias.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    self.seed = seed
    self.choice = choice
  }

  /// What the history of one answer excludes and lowers.
  package struct Adjustments: Sendable {
    /// Whether `Workspace.mask` says what may come.
    package var isMasked = false
    /// Ids that may not come.
    package var banned: [Int] = []
    /// nil when nothing is penalised.
    package var history: TokenHistory?

    package init() {}
  }

  /// The token that follows.
  /// - Parameter logits: `[vocabularySize]`
  /// - Parameter index: how many tokens this request has generated before.
  /// - Returns: nil if a logit is NaN or +∞, or if all are −∞.
  package func sample(
    _ logits: Span<Float>,
    index: Int,
    _ adjustments: Adjustments = Adjustments(),
    workspace: inout Workspace
  ) -> Int? {
    let isAdjusted =
      adjustments.isMasked || !adjustments.banned.isEmpty || adjustments.history != nil || !logitBias.isEmpty
    if isGreedy && !isAdjusted { return Self.likeliest(logits, workspace.kernels) }
    workspace.load(logits)
    if isAdjusted { adjust(&workspace, adjustments) }
    if isGreedy { return Self.likeliest(workspace.logits.span, workspace.kernels) }
    guard Self.weigh(&workspace.weights, workspace.logits, temperature, workspace.kernels) else { return nil }
    let point = Philox.uniform(seed: seed, choice: choice, index: index)
    guard keepsEverything(of: logits.count) else { return drawFromKept(&workspace, point) }
    return Self.draw(workspace.weights, sums: &workspace.blockSums, point)
  }

  private func keepsEverything(of vocabularySize: Int) -> Bool {
    minP <= 0 && topP >= 1 && (topK ?? .max) >= vocabularySize
  }

  // MARK: - Logits

  private func adjust(_ workspace: inout Workspace, _ adjustments: Adjustments) {
    let (kernels, mask) = (workspace.kernels, workspace.mask)
    var logits = workspace.logits.mutableSpan
    if adjustments.isMasked { kernels.exclude(from: &logits, unless: mask.span) }
    for id in adjustments.banned where id < logits.count { logits[id] = -.infinity }
    for (id, bias) in logitBias where id < logits.count { logits[id] += bias }
    if let history = adjustments.history { penalties.apply(to: &logits, history) }
  }

  private static func likeliest(_ logits: Span<Float>, _ kernels: Kernels) -> Int? {
    guard let id = kernels.argmax(logits), logits[id].isFinite, !hasNaN(logits) else { return nil }
    return id
  }

  /// Four flags: one alone would make each comparison wait for the one before.
  private static func hasNaN(_ logits: Span<Float>) -> Bool {
    var sums = SIMD4<Float>(repeating: 0)
    var index = 0
    while index + 4 <= logits.count {
      let values = SIMD4(logits[index], logits[index + 1], logits[index + 2], logits[index + 3])
      sums = sums.replacing(with: values, where: values .!= values)
      index += 4
    }
    var isFound = sums != sums
    while index < logits.count {
      isFound = isFound || logits[index].isNaN
      index += 1
    }
    return isFound
  }

  /// Probabilities at the temperature.
  private static func weigh(
    _ buffer: inout [Float],
    _ logits: [Float],
    _ temperature: Double,
    _ kernels: Kernels
  ) -> Bool {
    guard !logits.isEmpty else { return false }
    var weights = buffer.mutableSpan
    kernels.softmax(logits.span, temperature: Float(temperature), into: &weights)
    // The kernel's sum, and so each weight, is NaN if a logit is NaN or +∞, or if all are −∞.
    return !weights[0].isNaN
  }
}
