import Models
import Synchronization
import Tensors

/// What the caller of a request holds on to: whether it still wants the answer.
final class RequestTicket: Sendable {
  private let cancelled = Atomic(false)

  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  func cancel() { cancelled.store(true, ordering: .releasing) }
}

/// A request inside the engine, from submission to its answer.
struct ActiveSequence: Sendable {
  /// What the tokens are computed for, and who waits for it.
  enum Purpose: Sendable {
    case generation(
      CheckedContinuation<GenerationResult, any Error>,
      progress: (@Sendable (GenerationProgress) -> Void)?
    )
    case score(CheckedContinuation<[ScoredToken], any Error>)
  }

  let ticket: RequestTicket
  let purpose: Purpose
  /// The tokens to continue, or to score.
  let tokens: [Int32]
  /// Whose cached blocks it may use, and how it stands to others.
  let salt: String
  let priority: Int
  let adapter: ModelAdapter?
  /// nil for a score.
  var generation: Generation?
  /// Of a score: those of tokens[firstScored...] so far.
  var scores: [ScoredToken] = []
  /// Of a score: the first token that is scored, at least 1.
  var firstScored = 1
  /// Of a score: how many alternatives come with each token.
  var alternativeCount = 0
  let submittedAt: ContinuousClock.Instant
  var startedAt: ContinuousClock.Instant?
  var firstTokenAt: ContinuousClock.Instant?
  /// Tokens that were in the cache when it began.
  var cachedCount = 0

  /// What the scheduler has to know.
  func request(id: SequenceID) -> Scheduler.Request {
    Scheduler.Request(
      id: id,
      tokens: tokens,
      // The last generated token is never fed back, and the last token of a score is only looked up.
      positionLimit: generation.map { max($0.tokenLimit - 1, $0.prompt.count) } ?? tokens.count - 1,
      goal: generation == nil ? .score(from: firstScored) : .continuation,
      salt: salt,
      priority: priority,
      adapter: adapter?.number
    )
  }

  mutating func begin(cachedCount: Int, now: ContinuousClock.Instant) {
    guard startedAt == nil else { return }
    startedAt = now
    self.cachedCount = cachedCount
  }
}

// MARK: - Using logits

extension ActiveSequence {
  enum Outcome: Sendable {
    /// More rows are to come.
    case pending
    /// This token follows.
    case continues(with: Int32)
    case finished
    case failed(InferenceError)
  }

  /// Uses the logits `[vocabularySize]` of the token at `position`.
  mutating func advance(_ logits: Span<Float>, position: Int, _ workspace: inout Sampler.Workspace) -> Outcome {
    guard case .generation(_, let progress) = purpose else { return score(logits, position, workspace.kernels) }
    // No copy of the generation may live while it takes a token: its arrays would be copied too.
    guard let advance = generation?.advance(logits, &workspace) else {
      return .failed(.invalidLogits(position: position))
    }
    if firstTokenAt == nil { firstTokenAt = .now }
    if let progress { tell(progress, added: advance.added) }
    guard generation?.finishReason == nil, let token = advance.token else { return .finished }
    return .continues(with: Int32(token))
  }

  private func tell(_ progress: @Sendable (GenerationProgress) -> Void, added: String) {
    guard let generation else { return }
    progress(
      GenerationProgress(
        generatedTokenCount: generation.tokens.count,
        tokenLimit: generation.tokenLimit - generation.prompt.count,
        newText: added
      )
    )
  }

  private mutating func score(_ logits: Span<Float>, _ position: Int, _ kernels: Kernels) -> Outcome {
    // A sequence that had to give way may compute positions again.
    guard position + 1 == firstScored + scores.count else { return .pending }
    let token = Int(tokens[position + 1])
    guard let score = kernels.score(token, logits, alternativeCount: alternativeCount) else {
      return .failed(.invalidLogits(position: position))
    }
    scores.append(score)
    return position + 2 == tokens.count ? .finished : .pending
  }
}

// MARK: - The answer

extension ActiveSequence {
  func fail(_ error: any Error) {
    switch purpose {
    case .generation(let continuation, _): continuation.resume(throwing: error)
    case .score(let continuation): continuation.resume(throwing: error)
    }
  }

  /// Answers with what was computed.
  func succeed(now: ContinuousClock.Instant) {
    switch purpose {
    case .score(let continuation): continuation.resume(returning: scores)
    case .generation(let continuation, _):
      guard let generation else { preconditionFailure("a generation has its state until it ends") }
      continuation.resume(returning: result(of: generation, now: now))
    }
  }

  private func result(of generation: Generation, now: ContinuousClock.Instant) -> GenerationResult {
    guard let finishReason = generation.finishReason else { preconditionFailure("an unfinished generation succeeded") }
    return GenerationResult(
      tokens: generation.tokens,
      text: generation.text,
      finishReason: finishReason,
      scores: generation.scores,
      promptTokenCount: generation.prompt.count,
      cachedPromptTokenCount: cachedCount,
      seed: generation.sampler.seed,
      waitDuration: (startedAt ?? now) - submittedAt,
      timeToFirstToken: (firstTokenAt ?? now) - submittedAt,
      duration: now - submittedAt
    )
  }
}
