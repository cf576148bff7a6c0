import Tensors

/// A token's log-probability (natural logarithm) under the model's own distribution: before temperature, penalties,
/// biases and masks, as vLLM's default `raw_logprobs`.
package struct TokenProbability: Sendable, Hashable {
  package let token: Int
  /// -∞ for a token that the model excludes.
  package let logProbability: Double

  package init(token: Int, logProbability: Double) {
    self.token = token
    self.logProbability = logProbability
  }
}

/// A token that stands in a text, and what the model would rather have seen there.
package struct ScoredToken: Sendable, Hashable {
  package let token: Int
  package let logProbability: Double
  /// The likeliest tokens, falling, the lowest id first among equals; as many as were asked for.
  package let alternatives: [TokenProbability]

  package init(token: Int, logProbability: Double, alternatives: [TokenProbability]) {
    self.token = token
    self.logProbability = logProbability
    self.alternatives = alternatives
  }
}

extension Kernels {
  /// Scores `token` by logits `[vocabularySize]`; nil if they are no distribution.
  func score(_ token: Int, _ logits: Span<Float>, alternativeCount: Int) -> ScoredToken? {
    let normalizer = logSumExp(logits)
    guard normalizer.isFinite else { return nil }
    return ScoredToken(
      token: token,
      logProbability: Double(logits[token]) - normalizer,
      alternatives: Self.likeliest(alternativeCount, of: logits).map {
        TokenProbability(token: $0, logProbability: Double(logits[$0]) - normalizer)
      }
    )
  }

  /// The ids of the `count` greatest logits, falling. One pass: nearly every logit fails the first comparison.
  private static func likeliest(_ count: Int, of logits: Span<Float>) -> [Int] {
    var ids: [Int] = []
    ids.reserveCapacity(count + 1)
    guard count > 0 else { return ids }
    var least = -Float.infinity
    for id in logits.indices {
      let logit = logits[id]
      if ids.count == count && !(logit > least) { continue }
      ids.insert(id, at: ids.firstIndex { logits[$0] < logit } ?? ids.endIndex)
      if ids.count > count { ids.removeLast() }
      least = logits[ids[ids.count - 1]]
    }
    return ids
  }
}
