import Executors
import Inference
import Jobs
import Telemetry
import Testing

struct PrefixSharingTests {
  /// 80 tokens: the cache shares whole blocks of 32.
  private static let prompt = [1] + (0..<79).map { 259 + $0 }

  private static func answer(_ model: LoadedModel, _ origin: RequestOrigin) async throws -> (cached: Int, text: String)
  {
    var parameters = GenerateParameters(model: "stories", promptTokens: prompt)
    parameters.sampling.temperature = 0
    parameters.ending.maxTokens = 8
    let answers = try await model.generate(parameters, origin: origin)
    return (answers.cachedTokenCount, answers.choices[0].text)
  }

  @Test func `a prompt is computed once for a submitter's tenant, and again for everybody else`() async throws {
    let registry = MetricsRegistry()
    let metrics = EngineMetrics(registry)
    let model = try await Stories.load { metrics.observe($0, model: "stories@1") }
    let ours = RequestOrigin(submitter: "a", tenant: "t", priority: 0)
    let first = try await Self.answer(model, ours)
    let again = try await Self.answer(model, RequestOrigin(submitter: "a", tenant: "t", priority: 5))
    #expect(first.cached == 0 && again.cached == 64)
    let others = [("a", nil), ("a", "u"), ("b", "t")] as [(String, String?)]
    for (submitter, tenant) in others {
      let other = try await Self.answer(model, RequestOrigin(submitter: submitter, tenant: tenant, priority: 0))
      #expect(other.cached == 0 && other.text == first.text)
    }
    #expect(again.text == first.text)
    #expect(registry.exposition().contains("\nquern_prefix_cache_hits_total{model=\"stories@1\"} 64\n"))
  }
}
