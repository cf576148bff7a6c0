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
  /// Whether text is wanted with each token, by the caller or to find stop texts in; otherwise it is made at the end.
  private let streamsText: Bool
  private var adjustments = Sampler.Adjustments()
  private var stream: TextStream
  private var matcher: StopMatcher
  /// Nothing comes after a stop text.
  private var isTextComplete = false

  /// - Parameter contextLength: the model's.
  /// - Parameter streamsText: whether the caller wants the text with each token.
  init(
    _ request: GenerationRequest,
    tokenizer: Tokenizer,
    contextLength: Int,
    eosIDs: [Int],
    seed: UInt64,
    streamsText: Bool
  ) {
    prompt = request.promptTokens
    parameters = request.parameters
    let room = contextLength - prompt.count
    tokenLimit = prompt.count + min(parameters.maxTokens ?? room, room)
    sampler = Sampler(parameters, seed: seed, choice: request.choice)
    constraint = request.constraint
    self.eosIDs = eosIDs
    stopIDs = parameters.ignoreEOS ? parameters.stopTokenIDs : parameters.stopTokenIDs.union(eosIDs)
    if parameters.penalties.areActive {
      adjustments.history = TokenHistory(prompt: prompt, room: min(tokenLimit, Self.reservedTokenCount))
    }
    adjustments.isMasked = constraint != nil
    if parameters.minTokens > 0 { adjustments.banned = stopIDs.sorted() }
    stream = TextStream(tokenizer, prompt: prompt)
    matcher = StopMatcher(parameters.stop)
    self.streamsText = streamsText || !parameters.stop.isEmpty
    tokens.reserveCapacity(min(tokenLimit - prompt.count, Self.reservedTokenCount))
  }

  /// Room for so many generated tokens is there from the beginning.
  private static let reservedTokenCount = 4096
}

extension Generation {
  /// A token that was chosen and taken; nil for an end without one.
  struct Advance {
    let token: Int?
    /// What it adds to the text, if text is streamed or the generation ends with it.
    let added: String
  }

  /// Chooses the next token from logits `[vocabularySize]` and takes it.
  /// - Returns: nil if the logits give none.
  mutating func advance(_ logits: Span<Float>, _ workspace: inout Sampler.Workspace) -> Advance? {
    switch choose(from: logits, workspace: &workspace) {
    case .invalidLogits: return nil
    case .end: return Advance(token: nil, added: end())
    case .token(let token):
      let score = parameters.alternativeCount.flatMap {
        workspace.kernels.score(token, logits, alternativeCount: $0)
      }
      return Advance(token: token, added: append(token, score: score))
    }
  }
}

// MARK: - Choosing a token

extension Generation {
  private enum Choice {
    case token(Int)
    /// The constraint's form is complete and lets nothing follow.
    case end
    case invalidLogits
  }

  /// Chooses the next token from logits `[vocabularySize]`.
  private func choose(from logits: Span<Float>, workspace: inout Sampler.Workspace) -> Choice {
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
  private mutating func append(_ token: Int, score: ScoredToken?) -> String {
    tokens.append(token)
    if let score { scores.append(score) }
    adjustments.history?.record(token)
    // Up to here the stop texts did not count; from here on the next token may end it.
    let mayStop = tokens.count > parameters.minTokens
    if tokens.count >= parameters.minTokens, !adjustments.banned.isEmpty { adjustments.banned = [] }
    if stopIDs.contains(token) { finishReason = .stop } else { constraint?.advance(token) }
    var added = streamsText ? decode(token, mayStop: mayStop) : ""
    if finishReason == nil, prompt.count + tokens.count >= tokenLimit { finishReason = .length }
    if finishReason != nil { added += finishText(mayStop: mayStop) }
    if !added.isEmpty { text += added }
    return added
  }

  /// The text of a token; that of a stop token does not count unless it is asked for.
  private mutating func decode(_ token: Int, mayStop: Bool) -> String {
    guard stopIDs.contains(token) else { return match(stream.push(token), mayStop: mayStop) }
    return parameters.includesStop ? match(stream.push(token), mayStop: false) : ""
  }

  /// Ends without a further token.
  /// - Returns: what was still held back of the text.
  private mutating func end() -> String {
    finishReason = .stop
    let rest = finishText(mayStop: tokens.count > parameters.minTokens)
    text += rest
    return rest
  }

  /// What is missing of the text.
  private mutating func finishText(mayStop: Bool) -> String {
    guard !streamsText else { return flush(mayStop: mayStop) }
    var rest = ""
    for token in tokens { rest += decode(token, mayStop: mayStop) }
    return rest + flush(mayStop: mayStop)
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
