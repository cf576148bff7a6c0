import Executors
import Inference
import Jobs
import Models
import Telemetry
import Tensors
import Testing

struct EngineMetricsTests {
  @Test func `a request is told in tokens and in time, by model`() async throws {
    let registry = MetricsRegistry()
    let metrics = EngineMetrics(registry)
    let model = try await Stories.load { metrics.observe($0, model: "stories@1") }
    var parameters = GenerateParameters(model: "stories", promptTokens: [1, 403, 407])
    parameters.sampling.temperature = 0
    parameters.ending.maxTokens = 5
    metrics.observe(try await model.generate(parameters), model: "stories@1")
    let text = registry.exposition()
    for (name, value) in [
      ("quern_request_prompt_tokens_sum", "3"), ("quern_request_generation_tokens_sum", "5"),
      ("quern_prompt_tokens_total", "3"), ("quern_generation_tokens_total", "5"), ("quern_prefill_seconds_count", "1"),
      ("quern_decode_seconds_count", "1"), ("quern_time_to_first_token_seconds_count", "1"),
      ("quern_time_per_output_token_seconds_count", "1"), ("quern_cached_prompt_tokens_total", "0"),
      ("quern_prefix_cache_hits_total", "0"), ("quern_kv_cache_evictions_total", "0"),
    ] {
      #expect(text.contains("\n\(name){model=\"stories@1\"} \(value)\n"), "\(name)")
    }
    #expect(text.contains("quern_prefix_cache_queries_total{model=\"stories@1\"}"))
  }

  @Test func `requests share prefixes with those of the same submitter and tenant alone`() {
    let salts = [("a", nil), ("b", nil), ("a", "b"), ("a", "c"), ("ab", nil), ("", "ab")] as [(String, String?)]
    let origins = salts.map { RequestOrigin(submitter: $0, tenant: $1, priority: 0) }
    #expect(Set(origins.map(\.salt)).count == salts.count)
    #expect(RequestOrigin(submitter: "a", tenant: "b", priority: 7).salt == origins[2].salt)
    #expect(RequestOrigin(submitter: "a", tenant: nil, priority: -7).priority == -7)
  }

  @Test(
    arguments: [
      (RequestedPrecision(), ModelPrecision(weights: .float32, keyValues: .float32)),
      (RequestedPrecision(weights: .int8), ModelPrecision(weights: .int8, keyValues: .bfloat16)),
      (RequestedPrecision(weights: .int4, context: .int8), ModelPrecision(weights: .int4, keyValues: .int8)),
      (
        RequestedPrecision(weights: .bfloat16, context: .float32),
        ModelPrecision(weights: .bfloat16, keyValues: .float32)
      ),
      (RequestedPrecision(context: .bfloat16), ModelPrecision(weights: .float32, keyValues: .bfloat16)),
    ]
  )
  func `what a job asks for is what the engine computes with`(requested: RequestedPrecision, precision: ModelPrecision)
  {
    #expect(ModelPrecision(requested) == precision)
  }

  @Test func `the words of jobs are those of the engine`() {
    #expect(WeightPrecision.allCases.map(\.rawValue) == Precision.allCases.map(\.rawValue))
    #expect(ContextPrecision.allCases.map(\.rawValue) == KeyValuePrecision.allCases.map(\.rawValue))
  }
}
