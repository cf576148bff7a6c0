import Inference
import Telemetry

/// What one request took, in tokens and in time.
final class RequestMetrics: Sendable {
  private let promptTokens: Histogram
  private let generationTokens: Histogram
  private let timeToFirstToken: Histogram
  private let timePerOutputToken: Histogram
  private let prefillSeconds: Histogram
  private let decodeSeconds: Histogram

  init(_ registry: MetricsRegistry, model: MetricLabel) {
    promptTokens = registry.histogram(
      "quern_request_prompt_tokens",
      help: "Tokens of a request's prompt.",
      labels: [model],
      buckets: HistogramBuckets.tokens
    )
    generationTokens = registry.histogram(
      "quern_request_generation_tokens",
      help: "Tokens that were generated for a request, over all its answers.",
      labels: [model],
      buckets: HistogramBuckets.tokens
    )
    timeToFirstToken = registry.histogram(
      "quern_time_to_first_token_seconds",
      help: "From the start of execution to the first token in seconds.",
      labels: [model],
      buckets: HistogramBuckets.timeToFirstToken
    )
    timePerOutputToken = registry.histogram(
      "quern_time_per_output_token_seconds",
      help: "Time of each later token in seconds.",
      labels: [model],
      buckets: HistogramBuckets.timePerToken
    )
    prefillSeconds = registry.histogram(
      "quern_prefill_seconds",
      help: "From the first step with an answer's prompt to its first token in seconds.",
      labels: [model],
      buckets: HistogramBuckets.timeToFirstToken
    )
    decodeSeconds = registry.histogram(
      "quern_decode_seconds",
      help: "From the first token of an answer to its last in seconds.",
      labels: [model],
      buckets: HistogramBuckets.wait
    )
  }

  func observe(_ answers: GenerationAnswers, model: String) {
    promptTokens.observe(Double(answers.promptTokens.count), model)
    generationTokens.observe(Double(answers.generatedTokenCount), model)
    for answer in answers.choices {
      let decoding = answer.duration - answer.timeToFirstToken
      timeToFirstToken.observe(answer.timeToFirstToken, model)
      prefillSeconds.observe(answer.timeToFirstToken - answer.waitDuration, model)
      decodeSeconds.observe(decoding, model)
      if answer.generatedTokenCount > 1 {
        timePerOutputToken.observe(decoding / (answer.generatedTokenCount - 1), model)
      }
    }
  }
}
