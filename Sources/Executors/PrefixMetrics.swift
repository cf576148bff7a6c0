import Inference
import Telemetry

/// What the prefix cache saves, in tokens, as vLLM counts it.
final class PrefixMetrics: Sendable {
  private let queries: Counter
  private let hits: Counter
  private let cachedPromptTokens: Counter
  private let evictions: Counter

  init(_ registry: MetricsRegistry, model: MetricLabel) {
    queries = registry.counter(
      "quern_prefix_cache_queries_total",
      help: "Tokens that were looked for in the prefix cache.",
      labels: [model]
    )
    hits = registry.counter(
      "quern_prefix_cache_hits_total",
      help: "Tokens that were found in the prefix cache.",
      labels: [model]
    )
    cachedPromptTokens = registry.counter(
      "quern_cached_prompt_tokens_total",
      help: "Tokens of answered prompts that did not have to be computed.",
      labels: [model]
    )
    evictions = registry.counter(
      "quern_kv_cache_evictions_total",
      help: "Blocks of the key/value cache whose prefix was given up for another.",
      labels: [model]
    )
  }

  func observe(_ step: StepObservation, model: String) {
    queries.increment(by: Double(step.prefixQueryTokenCount), model)
    hits.increment(by: Double(step.prefixHitTokenCount), model)
    evictions.increment(by: Double(step.evictedBlockCount), model)
  }

  func observe(_ answers: GenerationAnswers, model: String) {
    cachedPromptTokens.increment(by: Double(answers.choices.reduce(0) { $0 + $1.cachedPromptTokenCount }), model)
  }
}
