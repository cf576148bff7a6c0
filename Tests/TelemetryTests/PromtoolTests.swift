import Foundation
import Subprocess
import Telemetry
import Testing

private let promtool = "/usr/bin/promtool"

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: promtool), "promtool is not installed"))
struct PromtoolTests {
  @Test func `promtool finds nothing to say about all kinds of metrics`() async throws {
    let registry = MetricsRegistry()
    ProcessMetrics.register(in: registry, version: "0.1.0", commit: "abc")
    _ = LogCounters(registry: registry)
    registry.counter("quern_jobs_finished_total", help: "Jobs finished.", labels: [MetricLabel("queue", limit: 9)])
      .increment("ü\"\\\n")
    registry.gauge("quern_queue_oldest_seconds", help: "Age of the oldest \\ job.").set(.infinity)
    for (name, buckets) in [
      ("quern_queue_wait_seconds" as StaticString, HistogramBuckets.wait),
      ("quern_batch_size", HistogramBuckets.batchSize),
    ] {
      registry.histogram(name, help: "A histogram.", labels: [MetricLabel("kind", limit: 2)], buckets: buckets).observe(
        2,
        "generate"
      )
    }
    let text = registry.exposition()
    let result = try await run(
      .name("promtool"),
      arguments: ["check", "metrics"],
      input: .string(text),
      output: .string(limit: 65_536),
      error: .string(limit: 65_536)
    )
    #expect(result.terminationStatus.isSuccess)
    #expect(result.standardOutput == "" && result.standardError == "")
  }
}
