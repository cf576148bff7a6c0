import Inference
package import Jobs

/// What a set of requests took that all came at once.
package struct RequestSetOutcome: Sendable, Hashable {
  package let promptTokenCount: Int
  package let generatedTokenCount: Int
  package let duration: Duration
}

extension LoadedModel {
  /// Runs all requests together on the engine, no queue in between.
  /// - Throws: as `generate`.
  package func run(_ requests: [GenerateParameters]) async throws -> RequestSetOutcome {
    let start = ContinuousClock.now
    let counts = try await withThrowingTaskGroup(of: (prompt: Int, generated: Int).self) { group in
      for request in requests {
        group.addTask {
          let answers = try await generate(request)
          return (answers.promptTokens.count, answers.generatedTokenCount)
        }
      }
      return try await group.reduce(into: (prompt: 0, generated: 0)) { sum, count in
        sum.prompt += count.prompt
        sum.generated += count.generated
      }
    }
    return RequestSetOutcome(
      promptTokenCount: counts.prompt,
      generatedTokenCount: counts.generated,
      duration: .now - start
    )
  }
}
