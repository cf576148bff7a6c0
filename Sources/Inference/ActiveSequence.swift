import Synchronization

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
  /// Prompt and generated tokens.
  var tokens: [Int32]
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

  /// Tokens to compute before the first answer; the last token of a score is only looked up.
  var promptCount: Int { generation == nil ? tokens.count - 1 : tokens.count }

  /// The most positions that this sequence computes: the last generated token is never fed back.
  var positionLimit: Int {
    generation.map { max($0.tokenLimit - 1, $0.prompt.count) } ?? promptCount
  }

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
      seed: generation.sampler.seed,
      waitDuration: (startedAt ?? now) - submittedAt,
      timeToFirstToken: (firstTokenAt ?? now) - submittedAt,
      duration: now - submittedAt
    )
  }
}
