import Inference
import Synchronization
package import Telemetry

/// The engine's series of a worker.
package final class EngineMetrics: Sendable {
  private let promptTokens: Counter
  private let generatedTokens: Counter
  private let batchSize: Histogram
  private let timeToFirstToken: Histogram
  private let timePerOutputToken: Histogram
  private let loadSeconds: Histogram
  private let loadedModels: Gauge
  private let generated = Atomic<UInt64>(0)

  package init(_ registry: MetricsRegistry) {
    let model = MetricLabel("model", limit: 50)
    promptTokens = registry.counter(
      "quern_prompt_tokens_total",
      help: "Tokens of prompts that were computed.",
      labels: [model]
    )
    generatedTokens = registry.counter(
      "quern_generation_tokens_total",
      help: "Tokens that were generated.",
      labels: [model]
    )
    batchSize = registry.histogram(
      "quern_batch_size",
      help: "Sequences in a step of the engine.",
      labels: [model],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128]
    )
    timeToFirstToken = registry.histogram(
      "quern_time_to_first_token_seconds",
      help: "From the start of execution to the first token in seconds.",
      labels: [model],
      buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160]
    )
    timePerOutputToken = registry.histogram(
      "quern_time_per_output_token_seconds",
      help: "Time of each later token in seconds.",
      labels: [model],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5]
    )
    loadSeconds = registry.histogram(
      "quern_model_load_seconds",
      help: "Fetching and loading a model in seconds.",
      labels: [model],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
    )
    loadedModels = registry.gauge("quern_model_loaded_info", help: "1 while the model is loaded.", labels: [model])
  }

  func observe(_ step: StepObservation, model: String) {
    promptTokens.increment(by: Double(step.prefillTokenCount), model)
    generatedTokens.increment(by: Double(step.generatedTokenCount), model)
    generated.wrappingAdd(UInt64(step.generatedTokenCount), ordering: .relaxed)
    batchSize.observe(Double(step.batchSize), model)
  }

  func observe(_ result: GenerationResult, model: String) {
    timeToFirstToken.observe(result.timeToFirstToken, model)
    guard result.generatedTokenCount > 1 else { return }
    timePerOutputToken.observe((result.duration - result.timeToFirstToken) / (result.generatedTokenCount - 1), model)
  }

  func observeLoad(_ duration: Duration, model: String) {
    loadSeconds.observe(duration, model)
    loadedModels.set(1, model)
  }

  /// Of all models.
  var generatedTokenCount: UInt64 { generated.load(ordering: .relaxed) }

  func forget(_ model: String) { loadedModels.set(0, model) }
}
