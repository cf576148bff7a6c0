import Inference
package import Jobs
import Queue
import Tokenizers

extension LoadedModel {
  /// Scores each choice after the prompt; all run in the same batch.
  ///
  /// A text is tokenised together with its prompt, as it would be in a document: what the two have in common with the
  /// prompt alone is the prompt, what follows is scored. Where a token spans the border, it is the choice's.
  /// - Parameters:
  ///   - origin: for whom; changes no result.
  ///   - progress: is told the share of the choices that is done.
  /// - Throws: `InferenceError`, `JobError`, `CancellationError`.
  package func score(
    _ parameters: ScoreParameters,
    model: String,
    origin: RequestOrigin = RequestOrigin(),
    progress: @escaping @Sendable (Float) -> Void = { _ in }
  ) async throws -> ScoreResult {
    let continuations = try parameters.choices.map { try Continuation($0, of: parameters.prompt, tokenizer) }
    let scored = try await withThrowingTaskGroup(of: (Int, [ScoredToken]).self) { group in
      for (index, continuation) in continuations.enumerated() {
        group.addTask {
          let scores = try await engine.score(
            continuation.tokens,
            from: continuation.start,
            salt: origin.salt,
            priority: origin.priority,
            adapter: adapter
          )
          return (index, scores)
        }
      }
      var scored: [Int: [ScoredToken]] = [:]
      for try await (index, scores) in group {
        scored[index] = scores
        progress(Float(scored.count) / Float(continuations.count))
      }
      return scored
    }
    return ScoreResult(
      choices: continuations.indices.map { choice($0, continuations[$0], scored[$0] ?? []) },
      normalization: parameters.normalization,
      model: model,
      promptTokens: continuations.reduce(0) { $0 + $1.tokens.count },
      systemFingerprint: fingerprint
    )
  }

  private func choice(_ index: Int, _ continuation: Continuation, _ scores: [ScoredToken]) -> ScoreResult.Choice {
    let tokenText = TokenText(tokenizer)
    return ScoreResult.Choice(
      index: index,
      tokens: scores.map { tokenText.text(of: $0.token) },
      tokenIDs: scores.map(\.token),
      tokenLogprobs: scores.map { max($0.logProbability, ChoiceLogprobs.lowest) },
      byteCount: continuation.byteCount
    )
  }
}

/// A prompt and a choice as one sequence of tokens.
private struct Continuation: Sendable {
  let tokens: [Int]
  /// The first token of the choice.
  let start: Int
  /// Of the choice's text.
  let byteCount: Int

  init(_ choice: TextOrTokens, of prompt: TextOrTokens, _ tokenizer: Tokenizer) throws {
    switch (prompt, choice) {
    case (.text(let prompt), .text(let choice)):
      let alone = tokenizer.encode(prompt)
      tokens = tokenizer.encode(prompt + choice)
      start = zip(alone, tokens).prefix { $0 == $1 }.count
      byteCount = choice.utf8.count
    case (_, .tokens(let ids)):
      let before = Self.tokens(of: prompt, tokenizer)
      tokens = before + ids
      start = before.count
      byteCount = tokenizer.decode(ids).utf8.count
    case (.tokens(let before), .text(let choice)):
      tokens = before + tokenizer.encode(choice, addSpecialTokens: false)
      start = before.count
      byteCount = choice.utf8.count
    }
    // Nothing stands before the first token that could say how likely it is.
    guard start >= 1 else {
      throw JobError(.invalidValue, "the prompt has no token before the choices; give at least one", param: "prompt")
    }
  }

  private static func tokens(of prompt: TextOrTokens, _ tokenizer: Tokenizer) -> [Int] {
    switch prompt {
    case .text(let text): tokenizer.encode(text)
    case .tokens(let tokens): tokens
    }
  }
}
