import Logging

/// `quern_log_records_total` and `quern_log_dropped_total` of this process.
package struct LogCounters: Sendable {
  private let records: Counter
  private let dropped: Counter

  package init(registry: MetricsRegistry) {
    records = registry.counter(
      "quern_log_records_total",
      help: "Log records written by level.",
      labels: [MetricLabel("level", values: Logger.Level.allCases.map { "\($0)" })]
    )
    dropped = registry.counter("quern_log_dropped_total", help: "Log records that could not be written.")
    dropped.increment(by: 0)
  }

  func count(_ level: Logger.Level) { records.increment("\(level)") }
  func countDropped() { dropped.increment() }
}
