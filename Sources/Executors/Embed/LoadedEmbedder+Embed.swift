package import Jobs
import Queue
import Tokenizers

extension LoadedEmbedder {
  /// Texts that are computed at a time: between them a job can be cancelled.
  private static let batchSize = 32

  /// The vectors of the job's inputs.
  /// - Parameter progress: is told the share of the inputs that is done.
  /// - Throws: `JobError`, `CancellationError`.
  package func embed(
    _ parameters: EmbedParameters,
    model: String,
    progress: @escaping @Sendable (Float) -> Void = { _ in }
  ) async throws -> EmbedResult {
    if let wanted = parameters.dimensions, wanted > embedder.dimensions {
      throw JobError(
        .invalidValue,
        "the model's vectors have \(embedder.dimensions) dimensions, not \(wanted); ask for fewer, or leave it out",
        param: "dimensions"
      )
    }
    let sequences = try parameters.input.map(tokens)
    var vectors: [[Float]] = []
    for start in stride(from: 0, to: sequences.count, by: Self.batchSize) {
      try Task.checkCancellation()
      let batch = Array(sequences[start..<min(start + Self.batchSize, sequences.count)])
      vectors += try await onThread { self.vectors(of: batch, parameters) }
      progress(Float(vectors.count) / Float(sequences.count))
    }
    return EmbedResult(
      data: vectors.enumerated().map { .init(index: $0, embedding: .init($1, parameters.encodingFormat)) },
      model: model,
      promptTokens: sequences.reduce(0) { $0 + $1.count },
      systemFingerprint: fingerprint
    )
  }

  private func tokens(_ input: TextOrTokens) throws -> [Int32] {
    let ids: [Int] =
      switch input {
      case .text(let text): tokenizer.encode(text)
      case .tokens(let tokens): tokens
      }
    guard !ids.isEmpty else { throw JobError(.invalidValue, "an input has no tokens; leave it out", param: "input") }
    guard ids.count <= embedder.maximumTokenCount else {
      throw JobError(
        .contextLengthExceeded,
        "an input has \(ids.count) tokens, but the model takes \(embedder.maximumTokenCount); shorten it",
        param: "input"
      )
    }
    if let stranger = ids.first(where: { !(0..<embedder.vocabularySize).contains($0) }) {
      throw JobError(
        .invalidValue,
        "the token id \(stranger) is outside 0..<\(embedder.vocabularySize); encode with this model's tokenizer",
        param: "input"
      )
    }
    return ids.map(Int32.init)
  }

  private func vectors(of sequences: [[Int32]], _ parameters: EmbedParameters) -> [[Float]] {
    let pooling = parameters.pooling ?? embedder.pooling
    let isModelsWay = pooling == embedder.pooling && (parameters.normalizes || !embedder.isNormalized)
    let vectors = isModelsWay ? embedder.embed(sequences) : sequences.map { pooling.vector(embedder.hiddenStates($0)) }
    return vectors.map { vector in
      let kept = Array(vector.prefix(parameters.dimensions ?? vector.count))
      return parameters.normalizes ? kept.scaledToLengthOne : kept
    }
  }
}

extension EmbedParameters.Pooling {
  /// One vector from those of all tokens, of which there is at least one.
  func vector(_ states: [[Float]]) -> [Float] {
    switch self {
    case .cls: states[0]
    case .last: states[states.count - 1]
    case .mean:
      states[0].indices.map { index in
        Float(states.reduce(0.0) { $0 + Double($1[index]) } / Double(states.count))
      }
    }
  }
}

extension [Float] {
  /// A vector of nothing stays: the least length is torch's, so that nothing is divided by 0.
  fileprivate var scaledToLengthOne: [Float] {
    let length = reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return map { Float(Double($0) / Swift.max(length, 1e-12)) }
  }
}
