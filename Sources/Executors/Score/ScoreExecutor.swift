import Inference
import JSON
import Jobs
import Queue
package import Telemetry

/// Runs jobs of kind `score`.
package struct ScoreExecutor: Sendable {
  private let models: ModelCache<LoadedModel>
  private let engineProgress: ProgressSource

  package init(models: ModelCache<LoadedModel>, engineProgress: ProgressSource) {
    self.models = models
    self.engineProgress = engineProgress
  }

  func run(_ job: ClaimedJob, attempt: JobAttempt) async throws -> JobOutput {
    let parameters = try ParameterCheck<ScoreParameters>().accepted(job.parameters)
    let reference = job.model ?? parameters.model
    let model = try await models.model(reference, parameters.precision)
    engineProgress.beginWork()
    defer { engineProgress.endWork() }
    let body = try await model.score(parameters, model: reference, origin: RequestOrigin(job)) {
      attempt.fraction = $0
    }
    return JobOutput(result: try body.json, usage: body.usage.json)
  }
}
