package import FoundationEssentials
package import Inference
import JSON
package import Jobs
import Queue
package import Telemetry
import Tokenizers

/// Runs jobs of kind `generate`.
package struct GenerateExecutor: Sendable {
  private let models: ModelCache
  private let metrics: EngineMetrics

  private let engineProgress: ProgressSource

  package init(models: ModelCache, metrics: EngineMetrics, engineProgress: ProgressSource) {
    self.models = models
    self.metrics = metrics
    self.engineProgress = engineProgress
  }

  func run(_ job: ClaimedJob, progress: JobProgress) async throws -> JobOutput {
    var parameters = try GenerateParameters(json: job.parameters)
    // Without a seed of the submitter's, one of the job's: each attempt gives the same text.
    if parameters.seed == nil { parameters.seed = Self.seed(of: job.id) }
    let reference = job.model ?? parameters.model
    let model = try await models.model(reference)
    engineProgress.beginWork()
    defer { engineProgress.endWork() }
    let result = try await model.generate(parameters) { progress.fraction = $0 }
    metrics.observe(result, model: reference)
    let body = GenerateResult(
      result,
      id: "cmpl-\(job.id)",
      created: Date.now,
      model: reference,
      fingerprint: model.fingerprint
    )
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

extension LoadedModel {
  /// Continues the prompt as the job's parameters say.
  /// - Parameter progress: is told the share of `max_tokens` that is done.
  /// - Throws: `InferenceError`, `CancellationError`.
  package func generate(
    _ parameters: GenerateParameters,
    progress: @escaping @Sendable (Float) -> Void = { _ in }
  ) async throws -> GenerationResult {
    let prompt = parameters.promptTokens ?? tokenizer.encode(parameters.prompt ?? "")
    let request = GenerationRequest(promptTokens: prompt, parameters: GenerationParameters(parameters))
    return try await engine.generate(request) { step in
      progress(Float(step.generatedTokenCount) / Float(max(1, step.tokenLimit)))
    }
  }
}

extension GenerationParameters {
  /// In SQL and JSON `top_k` 0 means all tokens.
  init(_ parameters: GenerateParameters) {
    self.init(
      maxTokens: parameters.maxTokens,
      temperature: parameters.temperature,
      topK: parameters.topK > 0 ? parameters.topK : nil,
      topP: parameters.topP,
      stop: parameters.stop,
      stopTokenIDs: Set(parameters.stopTokenIDs),
      seed: parameters.seed,
      logitBias: parameters.logitBias,
      ignoreEOS: parameters.ignoreEOS
    )
  }
}

extension GenerateResult {
  package init(_ result: GenerationResult, id: String, created: Date, model: String, fingerprint: String) {
    self.init(
      id: id,
      created: Int(created.timeIntervalSince1970),
      model: model,
      choices: [
        Choice(text: result.text, finishReason: result.finishReason == .stop ? .stop : .length)
      ],
      usage: TokenUsage(promptTokens: result.promptTokenCount, completionTokens: result.generatedTokenCount),
      systemFingerprint: fingerprint,
      seed: result.seed
    )
  }
}
