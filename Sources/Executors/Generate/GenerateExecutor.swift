import FoundationEssentials
import Inference
import JSON
import Jobs
import Queue
package import Telemetry

/// Runs jobs of kind `generate`.
package struct GenerateExecutor: Sendable {
  private let models: ModelCache<LoadedModel>
  private let metrics: EngineMetrics
  private let engineProgress: ProgressSource

  package init(models: ModelCache<LoadedModel>, metrics: EngineMetrics, engineProgress: ProgressSource) {
    self.models = models
    self.metrics = metrics
    self.engineProgress = engineProgress
  }

  func run(_ job: ClaimedJob, attempt: JobAttempt) async throws -> JobOutput {
    var parameters = try ParameterCheck<GenerateParameters>().accepted(job.parameters)
    // Without a seed of the submitter's, one of the job's: each attempt gives the same text.
    if parameters.sampling.seed == nil { parameters.sampling.seed = Self.seed(of: job.id) }
    let reference = job.model ?? parameters.model
    let model = try await models.model(reference, parameters.precision)
    engineProgress.beginWork()
    defer { engineProgress.endWork() }
    let answers = try await model.generate(parameters, origin: RequestOrigin(job)) { attempt.fraction = $0 }
    metrics.observe(answers, model: reference)
    let prefix = parameters.input.isConversation ? "chatcmpl" : "cmpl"
    let body = model.body(of: answers, to: parameters, id: "\(prefix)-\(job.id)", created: Date.now, model: reference)
    return JobOutput(result: try body.json, usage: body.usage.json)
  }

  /// Neighbouring ids give unrelated seeds (the finaliser of SplitMix64). 32 bits: JSON readers round longer numbers,
  /// and redactors take them for cards.
  private static func seed(of job: JobID) -> UInt64 {
    var bits = UInt64(bitPattern: job.rawValue) &+ 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return (bits ^ bits >> 31) >> 32
  }
}
