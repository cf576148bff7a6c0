import FoundationEssentials
package import Inference
package import Jobs
import Queue
import Synchronization

/// The answers to one request.
package struct GenerationAnswers: Sendable {
  package let promptTokens: [Int]
  /// In the order of their indices.
  package let choices: [GenerationResult]
  /// Of promptTokens[1...], if the prompt comes back with log-probabilities; else empty.
  package let promptScores: [ScoredToken]

  /// Of the prompt, not computed for this request.
  package var cachedTokenCount: Int { choices.map(\.cachedPromptTokenCount).min() ?? 0 }

  package var generatedTokenCount: Int { choices.reduce(0) { $0 + $1.generatedTokenCount } }
}

extension LoadedModel {
  /// Continues the prompt or answers the conversation as the job's parameters say; all answers run in the same batch.
  /// - Parameters:
  ///   - origin: for whom; changes no result.
  ///   - progress: is told the share of `max_tokens` that is done, over all answers.
  /// - Throws: `InferenceError`, `JobError`, `CancellationError`.
  package func generate(
    _ parameters: GenerateParameters,
    origin: RequestOrigin = RequestOrigin(),
    progress: @escaping @Sendable (Float) -> Void = { _ in }
  ) async throws -> GenerationAnswers {
    let prompt = try promptTokens(parameters.input)
    let request = GenerationRequest(
      promptTokens: prompt,
      parameters: GenerationParameters(parameters),
      constraint: try constraint(for: parameters.output.responseFormat),
      salt: origin.salt,
      priority: origin.priority,
      adapter: adapter
    )
    async let promptScores = scores(ofPrompt: prompt, parameters.output, origin)
    let choices = try await choices(request, count: parameters.output.choiceCount, progress)
    return GenerationAnswers(promptTokens: prompt, choices: choices, promptScores: try await promptScores)
  }

  private func choices(
    _ request: GenerationRequest,
    count: Int,
    _ progress: @escaping @Sendable (Float) -> Void
  ) async throws -> [GenerationResult] {
    let reached = ChoiceProgress(count: count)
    return try await withThrowingTaskGroup(of: (Int, GenerationResult).self) { group in
      for index in 0..<count {
        var request = request
        request.choice = index
        group.addTask { [request] in
          let result = try await engine.generate(request) { progress(reached.update(index, $0)) }
          return (index, result)
        }
      }
      var results: [Int: GenerationResult] = [:]
      for try await (index, result) in group { results[index] = result }
      return (0..<count).compactMap { results[$0] }
    }
  }

  private func scores(ofPrompt prompt: [Int], _ output: OutputOptions, _ origin: RequestOrigin) async throws
    -> [ScoredToken]
  {
    guard output.echo, let count = output.logprobs?.alternativeCount, prompt.count > 1 else { return [] }
    return try await engine.score(
      prompt,
      from: 1,
      alternativeCount: count,
      salt: origin.salt,
      priority: origin.priority,
      adapter: adapter
    )
  }
}

/// How far each of several answers is.
private final class ChoiceProgress: Sendable {
  private let fractions: Mutex<[Float]>

  init(count: Int) { fractions = Mutex(Array(repeating: 0, count: count)) }

  /// - Returns: the mean.
  func update(_ index: Int, _ step: GenerationProgress) -> Float {
    fractions.withLock { fractions in
      fractions[index] = Float(step.generatedTokenCount) / Float(max(1, step.tokenLimit))
      return fractions.reduce(0, +) / Float(fractions.count)
    }
  }
}

extension GenerationParameters {
  /// In SQL and JSON `top_k` 0 means all tokens.
  init(_ parameters: GenerateParameters) {
    let (sampling, ending) = (parameters.sampling, parameters.ending)
    self.init(
      maxTokens: ending.maxTokens,
      minTokens: ending.minTokens,
      temperature: sampling.temperature,
      topK: sampling.topK > 0 ? sampling.topK : nil,
      topP: sampling.topP,
      minP: sampling.minP,
      penalties: Penalties(
        repetition: sampling.repetitionPenalty,
        frequency: sampling.frequencyPenalty,
        presence: sampling.presencePenalty
      ),
      stop: ending.stop,
      stopTokenIDs: Set(ending.stopTokenIDs),
      includesStop: ending.includesStop,
      seed: sampling.seed,
      logitBias: sampling.logitBias,
      ignoreEOS: ending.ignoresEOS,
      alternativeCount: parameters.output.logprobs?.alternativeCount
    )
  }
}
