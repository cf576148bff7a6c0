package import Models

/// Times embedding of sequences of random tokens; tokenising is not part of it.
package struct EmbeddingBenchmark {
  private let model: EmbeddingModel

  package init(_ model: EmbeddingModel) { self.model = model }

  /// Sequences that one run embeds at least, as of the peers' benchmarks.
  private static let sequenceCount = 512

  /// Sequences per second in batches of `batch`, `runs` times after one batch that does not count.
  package func speed(batch: Int, tokenCount: Int, runs: Int) -> SpeedSamples {
    let random = RandomTokens(vocabularySize: model.configuration.vocabularySize)
    let sequences = (0..<batch).map { random.sequence($0, count: tokenCount) }
    let batchCount = max(1, Self.sequenceCount / batch)
    _ = model.embed(sequences)
    var samples = SpeedSamples()
    for _ in 0..<runs {
      let start = ContinuousClock.now
      for _ in 0..<batchCount { _ = model.embed(sequences) }
      samples.append(batchCount * batch, in: .now - start)
    }
    return samples
  }
}
