package import Models
package import Tokenizers

/// Runs requests over one model with continuous batching, on a thread of its own.
///
/// A result depends on the model, the request and its seed alone: not on what else runs, nor on the options. The engine
/// ends with `shutdown()` or with its last reference.
package final class InferenceEngine: Sendable {
  package let tokenizer: Tokenizer
  package let model: CausalLanguageModel
  private let core: EngineCore

  /// - Parameter observe: called after each step on the engine's thread; must not block.
  package init(
    model: CausalLanguageModel,
    tokenizer: Tokenizer,
    options: EngineOptions = EngineOptions(),
    observe: (@Sendable (StepObservation) -> Void)? = nil
  ) {
    self.tokenizer = tokenizer
    self.model = model
    fingerprintParts = model.fingerprintParts + ["sampler-3"]
    let core = EngineCore(blockCount: EngineLoop.blockCount(model, options))
    self.core = core
    startThread {
      var loop = EngineLoop(core: core, model: model, options: options, observe: observe)
      loop.run()
    }
  }

  deinit { core.shutdown() }

  package var configuration: ModelConfiguration { model.configuration }

  /// What decides the tokens of a request besides the model's files, the request and its seed.
  package let fingerprintParts: [String]

  package var statistics: InferenceStatistics { core.statistics }

  /// Continues one prompt. Cancelling the task takes effect within one step and throws `CancellationError`.
  /// - Parameter progress: called after each token on the engine's thread; must not block.
  /// - Throws: `InferenceError`, before any work when the request is at fault.
  package func generate(
    _ request: GenerationRequest,
    progress: (@Sendable (GenerationProgress) -> Void)? = nil
  ) async throws -> GenerationResult {
    try validate(request)
    let seed = request.parameters.seed ?? UInt64(UInt32.random(in: 0...UInt32.max))
    let generation = Generation(
      request,
      tokenizer: tokenizer,
      contextLength: configuration.maxPositionCount,
      eosIDs: configuration.eosTokenIDs,
      seed: seed,
      streamsText: progress != nil
    )
    return try await submit { ticket, continuation in
      ActiveSequence(
        ticket: ticket,
        purpose: .generation(continuation, progress: progress),
        tokens: request.promptTokens.map(Int32.init),
        salt: request.salt,
        priority: request.priority,
        adapter: request.adapter,
        generation: generation,
        submittedAt: .now
      )
    }
  }

  /// The log-probabilities (natural logarithm) of tokens[1...], each after all tokens before it.
  package func score(_ tokens: [Int]) async throws -> [Double] {
    try await score(tokens, from: 1).map(\.logProbability)
  }

  /// Scores tokens[first...], each after all tokens before it.
  /// - Parameter first: at least 1, since nothing stands before the first token.
  /// - Parameter alternativeCount: how many of the likeliest tokens come with each.
  /// - Parameters salt, priority, adapter: as of a `GenerationRequest`.
  package func score(
    _ tokens: [Int],
    from first: Int,
    alternativeCount: Int = 0,
    salt: String = "",
    priority: Int = 0,
    adapter: ModelAdapter? = nil
  ) async throws -> [ScoredToken] {
    precondition(first >= 1 && alternativeCount >= 0, "the first token has nothing before it to be scored by")
    guard first < tokens.count else { throw InferenceError.emptyPrompt }
    try validate(tokens, limit: configuration.maxPositionCount)
    return try await submit { ticket, continuation in
      ActiveSequence(
        ticket: ticket,
        purpose: .score(continuation),
        tokens: tokens.map(Int32.init),
        salt: salt,
        priority: priority,
        adapter: adapter,
        firstScored: first,
        alternativeCount: alternativeCount,
        submittedAt: .now
      )
    }
  }

  /// Ends the engine after the current step; requests that are under way throw `InferenceError.shutDown`.
  package func shutdown() { core.shutdown() }

  private func validate(_ request: GenerationRequest) throws(InferenceError) {
    guard !request.promptTokens.isEmpty else { throw .emptyPrompt }
    try request.parameters.validate(vocabularySize: configuration.vocabularySize)
    // One position is left for the answer.
    guard request.promptTokens.count < configuration.maxPositionCount else {
      throw .contextLengthExceeded(tokens: request.promptTokens.count, limit: configuration.maxPositionCount)
    }
    try validate(request.promptTokens, limit: configuration.maxPositionCount)
  }

  private func validate(_ tokens: [Int], limit: Int) throws(InferenceError) {
    guard tokens.count <= limit else { throw .contextLengthExceeded(tokens: tokens.count, limit: limit) }
    if let id = tokens.first(where: { !(0..<configuration.vocabularySize).contains($0) }) {
      throw .invalidToken(id: id, vocabularySize: configuration.vocabularySize, parameter: "prompt")
    }
  }

  private func submit<Result: Sendable>(
    _ sequence: (RequestTicket, CheckedContinuation<Result, any Error>) -> ActiveSequence
  ) async throws -> Result {
    let ticket = RequestTicket()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { core.submit(sequence(ticket, $0)) }
    } onCancel: {
      core.cancel(ticket)
    }
  }
}
