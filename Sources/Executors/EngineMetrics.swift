package import Inference
import Synchronization
package import Telemetry

/// The engine's series of a worker.
package final class EngineMetrics: Sendable {
  private let promptTokens: Counter
  private let generatedTokens: Counter
  private let batchSize: Histogram
  private let loadSeconds: Histogram
  private let prefix: PrefixMetrics
  private let requests: RequestMetrics
  let residents: ResidentModels
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
    loadSeconds = registry.histogram(
      "quern_model_load_seconds",
      help: "Fetching and loading a model in seconds.",
      labels: [model],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
    )
    residents = ResidentModels(registry, model: model)
    prefix = PrefixMetrics(registry, model: model)
    requests = RequestMetrics(registry, model: model)
  }

  package func observe(_ step: StepObservation, model: String) {
    promptTokens.increment(by: Double(step.prefillTokenCount), model)
    generatedTokens.increment(by: Double(step.generatedTokenCount), model)
    generated.wrappingAdd(UInt64(step.generatedTokenCount), ordering: .relaxed)
    batchSize.observe(Double(step.batchSize), model)
    prefix.observe(step, model: model)
  }

  package func observe(_ answers: GenerationAnswers, model: String) {
    requests.observe(answers, model: model)
    prefix.observe(answers, model: model)
  }

  package func observeLoad(_ duration: Duration, model: String) {
    loadSeconds.observe(duration, model)
  }

  /// Of all models.
  var generatedTokenCount: UInt64 { generated.load(ordering: .relaxed) }
}
