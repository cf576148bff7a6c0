import Foundation
import Synchronization
import Telemetry
import Testing

struct MetricsTests {
  private let registry = MetricsRegistry()

  @Test func `counters and gauges print help, type and samples in order`() {
    let counter = registry.counter(
      "quern_b_total",
      help: "Line\nbreak \\ done.",
      labels: [MetricLabel("queue", limit: 3)]
    )
    counter.increment("z")
    counter.increment(by: 2.5, "a\"\\\n")
    registry.gauge("quern_a", help: "A gauge.").set(-1)
    #expect(
      registry.exposition() == """
        # HELP quern_a A gauge.
        # TYPE quern_a gauge
        quern_a -1
        # HELP quern_b_total Line\\nbreak \\\\ done.
        # TYPE quern_b_total counter
        quern_b_total{queue="a\\"\\\\\\n"} 2.5
        quern_b_total{queue="z"} 1

        """
    )
  }

  @Test func `histograms are cumulative and end with infinity`() {
    let histogram = registry.histogram(
      "quern_h_seconds",
      help: "H.",
      labels: [MetricLabel("kind", values: ["a"])],
      buckets: [0.5, 1]
    )
    histogram.observe(0.5, "a")
    histogram.observe(.milliseconds(750), "a")
    histogram.observe(3, "a")
    #expect(
      registry.exposition() == """
        # HELP quern_h_seconds H.
        # TYPE quern_h_seconds histogram
        quern_h_seconds_bucket{kind="a",le="0.5"} 1
        quern_h_seconds_bucket{kind="a",le="1"} 2
        quern_h_seconds_bucket{kind="a",le="+Inf"} 3
        quern_h_seconds_sum{kind="a"} 4.25
        quern_h_seconds_count{kind="a"} 3

        """
    )
  }

  @Test func `labels beyond their bound count as other`() {
    let counter = registry.counter(
      "quern_c_total",
      help: "C.",
      labels: [MetricLabel("model", limit: 2), MetricLabel("state", values: ["ok"])]
    )
    for model in ["m1", "m2", "m3", "m4", "m1"] { counter.increment(model, "ok") }
    counter.increment("m1", "surprise")
    let text = registry.exposition()
    #expect(text.contains(#"quern_c_total{model="m1",state="ok"} 2"#))
    #expect(text.contains(#"quern_c_total{model="other",state="ok"} 2"#))
    #expect(text.contains(#"quern_c_total{model="m1",state="other"} 1"#))
  }

  @Test func `assigned samples replace all and sum under other`() {
    let gauge = registry.gauge("quern_jobs", help: "Jobs.", labels: [MetricLabel("queue", limit: 1)])
    gauge.set(9, "old")
    gauge.assign([(["a"], 1), (["b"], 2), (["c"], 3)])
    #expect(registry.exposition().hasSuffix("quern_jobs{queue=\"a\"} 1\nquern_jobs{queue=\"other\"} 5\n"))
  }

  @Test func `special numbers are written as Go reads them`() {
    let gauge = registry.gauge("quern_g", help: "G.", labels: [MetricLabel("n", limit: 9)])
    for (index, value) in [Double.nan, .infinity, -.infinity, 1e21, 1e-7].enumerated() { gauge.set(value, "\(index)") }
    let values = registry.exposition().split(separator: "\n").dropFirst(2).map { $0.split(separator: " ")[1] }
    #expect(values == ["NaN", "+Inf", "-Inf", "1e+21", "1e-07"])
  }

  @Test func `increments of several threads are all counted`() async {
    let counter = registry.counter("quern_t_total", help: "T.")
    await withTaskGroup { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<1000 { counter.increment() } } }
    }
    #expect(registry.exposition().hasSuffix("quern_t_total 8000\n"))
  }

  @Test func `a process reports its own series`() throws {
    ProcessMetrics.register(in: registry, version: "0.1.0", commit: "abc")
    let text = registry.exposition()
    func value(_ name: String) throws -> Double {
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
      return try #require(Double(line.split(separator: " ")[1]))
    }
    #expect(try abs(value("process_start_time_seconds") - Date().timeIntervalSince1970) < 3600)
    #expect(try value("process_resident_memory_bytes") > 1_000_000)
    #expect(try value("process_cpu_seconds_total") > 0)
    #expect(try (3...1000).contains(value("process_open_fds")))
    #expect(try value("process_max_fds") >= 256)
    #expect(text.contains(#"quern_build_info{version="0.1.0",commit="abc"} 1"#))
  }
}
