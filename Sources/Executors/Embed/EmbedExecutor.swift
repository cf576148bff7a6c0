import JSON
import Jobs
import Queue
package import Telemetry

/// Runs jobs of kind `embed`.
package struct EmbedExecutor: Sendable {
  private let models: ModelCache<LoadedEmbedder>
  private let engineProgress: ProgressSource

  package init(models: ModelCache<LoadedEmbedder>, engineProgress: ProgressSource) {
    self.models = models
    self.engineProgress = engineProgress
  }

  func run(_ job: ClaimedJob, attempt: JobAttempt) async throws -> JobOutput {
    let parameters = try ParameterCheck<EmbedParameters>().accepted(job.parameters)
    let reference = job.model ?? parameters.model
    let model = try await models.model(reference, RequestedPrecision(weights: parameters.precision))
    engineProgress.beginWork()
    defer { engineProgress.endWork() }
    let body = try await model.embed(parameters, model: reference) { fraction in
      engineProgress.advance()
      attempt.fraction = fraction
    }
    return JobOutput(
      result: try body.json,
      usage: TokenUsage(promptTokens: body.usage.promptTokens, completionTokens: 0).json
    )
  }
}
