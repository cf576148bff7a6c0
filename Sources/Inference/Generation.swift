import Tensors
import Tokenizers

/// A request while it runs: the tokens so far, the sampler, the constraint, the text, and when to end.
struct Generation: Sendable {
  let prompt: [Int]
  let parameters: GenerationParameters
  /// Prompt and generated tokens together never exceed this.
  let tokenLimit: Int
  let sampler: Sampler
  private(set) var tokens: [Int] = []
  private(set) var text = ""
  private(set) var finishReason: FinishReason?
  /// One for each token, if the request wants them.
  private(set) var scores: [ScoredToken] = []
  private var constraint: (any TokenConstraint)?
  private let eosIDs: [Int]
  private let stopIDs: Set<Int>
  private var adjustments = Sampler.Adjustments()
  private var stream: TextStream
  private var matcher: StopMatcher
  /// Nothing comes after a stop text.
  private var isTextComplete = false

  /// - Parameter contextLength: the model's.
  init(_ request: GenerationRequest, tokenizer: Tokenizer, contextLength: Int, eosIDs: [Int], seed: UInt64) {
    prompt = request.promptTokens
    parameters = request.parameters
    let room = contextLength - prompt.count
    tokenLimit = prompt.count + min(parameters.maxTokens ?? room, room)
    sampler = Sampler(parameters, seed: seed, choice: request.choice)
    constraint = request.constraint
    self.eosIDs = eosIDs
    stopIDs = parameters.ignoreEOS ? parameters.stopTokenIDs : parameters.stopTokenIDs.union(eosIDs)
    if parameters.penalties.areActive { adjustments.history = TokenHistory(prompt: prompt) }
    adjustments.isMasked = constraint != nil
    if parameters.minTokens > 0 { adjustments.banned = stopIDs.sorted() }
    stream = TextStream(tokenizer, prompt: prompt)
    matcher = StopMatcher(parameters.stop)
  }
}

// MARK: - Choosing a token

extension Generation {
  enum Choice {
    case token(Int)
    /// The constraint's form is complete and lets nothing follow.
    case end
    case invalidLogits
  }

  /// Chooses the next token from logits `[vocabularySize]`.
  func choose(from logits: Span<Float>, workspace: inout Sampler.Workspace) -> Choice {
    if let constraint, !allow(constraint, logits.count, &workspace) {
      return constraint.isComplete ? .end : .invalidLogits
    }
    let token = sampler.sample(logits, index: tokens.count, adjustments, workspace: &workspace)
    return token.map { .token($0) } ?? .invalidLogits
  }

  /// Writes the constraint's mask.
  /// - Returns: whether any token may come.
  private func allow(
    _ constraint: any TokenConstraint,
    _ vocabularySize: Int,
    _ workspace: inout Sampler.Workspace
  ) -> Bool {
    workspace.clearMask(vocabularySize)
    constraint.fill(mask: &workspace.mask)
    let mayEnd = constraint.isComplete && tokens.count >= parameters.minTokens
    for id in eosIDs where id < vocabularySize {
      let bit = UInt64(1) << UInt64(id & 63)
      if mayEnd { workspace.mask[id >> 6] |= bit } else { workspace.mask[id >> 6] &= ~bit }
    }
    return workspace.mask.contains { $0 != 0 }
  }
}

// MARK: - Taking it

extension Generation {
  /// Takes the next token, with its score if the request wants scores.
  /// - Returns: what it adds to the text; `finishReason` is set when it was the last one.
  mutating func append(_ token: Int, score: ScoredToken?) -> String {
    tokens.append(token)
    if let score { scores.append(score) }
    adjustments.history?.record(token)
    // Up to here the stop texts did not count; from here on the next token may end it.
    let mayStop = tokens.count > parameters.minTokens
    if tokens.count >= parameters.minTokens { adjustments.banned = [] }
    var added = ""
    if stopIDs.contains(token) {
      finishReason = .stop
      if parameters.includesStop { added = match(stream.push(token), mayStop: false) }
    } else {
      constraint?.advance(token)
      added = match(stream.push(token), mayStop: mayStop)
    }
    if finishReason == nil, prompt.count + tokens.count >= tokenLimit { finishReason = .length }
    if finishReason != nil { added += flush(mayStop: mayStop) }
    text += added
    return added
  }

  /// Ends without a further token.
  /// - Returns: what was still held back of the text.
  mutating func end() -> String {
    finishReason = .stop
    let rest = flush(mayStop: tokens.count > parameters.minTokens)
    text += rest
    return rest
  }

  private mutating func match(_ piece: String, mayStop: Bool) -> String {
    switch matcher.push(piece, mayStop: mayStop) {
    case .text(let text): return text
    case .stopped(let text, let stop):
      finishReason = .stop
      isTextComplete = true
      return parameters.includesStop ? text + stop : text
    }
  }

  private mutating func flush(mayStop: Bool) -> String {
    guard !isTextComplete else { return "" }
    let rest = match(stream.finish(), mayStop: mayStop)
    return isTextComplete ? rest : rest + matcher.finish()
  }
}
