import Glibc
package import Models
import Tensors

/// How well a model predicts texts in several precisions, and how far each one's predictions are from the first's.
///
/// Documents are read in windows: each starts `stride` tokens after the one before it, from an empty cache, and counts
/// the predictions that no earlier window has made. So with a stride of half a window, all but the first predictions
/// of a document have at least half a window before them.
package struct QualityComparison {
  /// What one model did.
  package struct Quality: Sendable, Hashable {
    /// exp of the mean negative log-likelihood per token.
    package let perplexity: Double
    /// Kullback-Leibler divergence of the model's distribution from the reference's, in nats per token.
    package let meanDivergence: Double
    package let greatestDivergence: Double
    /// Share of the tokens at which both hold the same token likeliest.
    package let agreement: Double
  }

  package struct Windows: Sendable, Hashable {
    package let length: Int
    package let stride: Int

    /// - Precondition: 2 ≤ length, 1 ≤ stride < length.
    package init(length: Int, stride: Int) {
      precondition(length >= 2 && stride >= 1 && stride < length, "windows follow each other without gaps")
      self.length = length
      self.stride = stride
    }
  }

  private let contestants: [Contestant]
  private let windows: Windows
  package private(set) var predictionCount = 0
  package private(set) var windowCount = 0

  /// - Parameter models: the reference comes first; all have the same vocabulary.
  package init(_ models: [CausalLanguageModel], windows: Windows) {
    precondition(!models.isEmpty, "there is a reference")
    precondition(Set(models.map(\.configuration.vocabularySize)).count == 1, "the models have one vocabulary")
    self.windows = windows
    contestants = models.map { Contestant($0, positionCount: windows.length) }
  }

  /// - Parameter limit: ends after so many predictions.
  package mutating func read(_ document: [Int32], limit: Int = .max) throws(InferenceError) {
    var start = 0
    var scoredEnd = 1
    while scoredEnd < document.count, predictionCount < limit {
      let end = min(start + windows.length, document.count)
      windowCount += 1
      try read(document[start..<end], from: scoredEnd, limit: limit)
      scoredEnd = end
      start += windows.stride
    }
  }

  /// One for each model, in their order.
  /// - Precondition: something was read.
  package var qualities: [Quality] {
    precondition(predictionCount > 0, "a text of one token has no predictions")
    return contestants.map { $0.tally.quality(predictionCount) }
  }

  /// - Parameter first: the index in the document of the first token that counts.
  private mutating func read(_ window: ArraySlice<Int32>, from first: Int, limit: Int) throws(InferenceError) {
    var start = window.startIndex
    // The last token of a window predicts nothing that is in it.
    while start < window.endIndex - 1, predictionCount < limit {
      let end = min(start + Contestant.rowCount, window.endIndex - 1)
      let rows = min(max(start, first - 1), end)..<end
      for contestant in contestants { contestant.forward(window, start..<end) }
      for position in rows where predictionCount < limit {
        try compare(row: position - start, token: Int(window[position + 1]), position: position)
        predictionCount += 1
      }
      start = end
    }
  }

  private func compare(row: Int, token: Int, position: Int) throws(InferenceError) {
    let reference = contestants[0]
    for contestant in contestants {
      let isComparable = reference.workspace.withLogits(row: row) { expected in
        contestant.workspace.withLogits(row: row) { contestant.add(token, $0, expected, reference.model.kernels) }
      }
      guard isComparable else { throw .invalidLogits(position: position) }
    }
  }
}

/// One model on its way through the texts.
private final class Contestant {
  /// Rows of one pass.
  static let rowCount = 64

  let model: CausalLanguageModel
  let workspace: Workspace
  private let cache: KVCache
  private(set) var tally = Tally()

  init(_ model: CausalLanguageModel, positionCount: Int) {
    self.model = model
    cache = model.makeCache(blockCount: (positionCount + KVCache.blockSize - 1) / KVCache.blockSize)
    workspace = model.makeWorkspace(maximumRows: Self.rowCount, maximumSequences: 1, maximumLogitRows: Self.rowCount)
  }

  func forward(_ window: ArraySlice<Int32>, _ part: Range<Int>) {
    var batch = ForwardBatch()
    batch.append(
      tokens: window[part],
      startingAt: part.lowerBound - window.startIndex,
      blockTable: (0..<cache.blockCount).map { Int32($0) },
      logits: .all,
      contextLength: window.count
    )
    model.forward(batch, cache: cache, workspace: workspace)
  }

  /// - Returns: whether both rows are distributions.
  func add(_ token: Int, _ logits: Span<Float>, _ expected: Span<Float>, _ kernels: Kernels) -> Bool {
    let (normalizer, expectedNormalizer) = (kernels.logSumExp(logits), kernels.logSumExp(expected))
    guard normalizer.isFinite, expectedNormalizer.isFinite else { return false }
    var divergence = 0.0
    for index in expected.indices where expected[index] > -.infinity {
      let logProbability = Double(expected[index]) - expectedNormalizer
      divergence += exp(logProbability) * (logProbability - Double(logits[index]) + normalizer)
    }
    tally.add(
      logProbability: Double(logits[token]) - normalizer,
      // Rounding may take a divergence of nothing below 0.
      divergence: max(0, divergence),
      agrees: kernels.argmax(logits) == kernels.argmax(expected)
    )
    return true
  }
}

/// Sums over predictions.
private struct Tally {
  private var logProbability = 0.0
  private var divergence = 0.0
  private var greatestDivergence = 0.0
  private var agreementCount = 0

  mutating func add(logProbability: Double, divergence: Double, agrees: Bool) {
    self.logProbability += logProbability
    self.divergence += divergence
    greatestDivergence = max(greatestDivergence, divergence)
    if agrees { agreementCount += 1 }
  }

  func quality(_ count: Int) -> QualityComparison.Quality {
    QualityComparison.Quality(
      perplexity: exp(-logProbability / Double(count)),
      meanDivergence: divergence / Double(count),
      greatestDivergence: greatestDivergence,
      agreement: Double(agreementCount) / Double(count)
    )
  }
}
