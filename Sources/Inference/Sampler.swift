import Tensors

/// Chooses a token from logits. The choice depends on logits, parameters, history, seed, choice and index alone: every
/// sum runs in an order that these fix.
///
/// Work is linear in the vocabulary, and nothing is allocated from the second token on.
package struct Sampler: Sendable {
  let temperature: Double
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
    guard isAdjusted else { return choose(from: logits, index: index, workspace: &workspace) }
    workspace.load(logits)
    adjust(&workspace, adjustments)
    let adjusted = workspace.logits
    return choose(from: adjusted.span, index: index, workspace: &workspace)
  }

  private func choose(from logits: Span<Float>, index: Int, workspace: inout Workspace) -> Int? {
    if isGreedy { return workspace.kernels.strictArgmax(logits) }
    let point = Philox.uniform(seed: seed, choice: choice, index: index)
    if keepsEverything(of: logits.count) { return draw(from: logits, &workspace, point) }
    return drawFromKept(logits, &workspace, point)
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
}
