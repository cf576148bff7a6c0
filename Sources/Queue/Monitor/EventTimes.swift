import JSON
package import Telemetry

/// How long jobs wait and take, as their events tell it.
package final class EventTimes: Sendable {
  private let wait: Histogram
  private let duration: Histogram

  package init(_ registry: MetricsRegistry) {
    let kind = MetricLabel("kind", limit: 20)
    // Idle workers pick up within milliseconds: buckets of vLLM, and finer ones below.
    let buckets = [
      0.001, 0.005, 0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960,
      1920,
      7680,
    ]
    wait = registry.histogram(
      "quern_queue_wait_seconds",
      help: "From the time a job could run to its claim in seconds.",
      labels: [MetricLabel("queue", limit: 100), kind],
      buckets: buckets
    )
    duration = registry.histogram(
      "quern_job_duration_seconds",
      help: "From submission to the final state in seconds.",
      labels: [kind, MetricLabel("outcome", limit: 8)],
      buckets: buckets
    )
  }

  func observe(_ event: QueueEvent) {
    guard let seconds = event.data["seconds"]?.double, let kind = event.kind else { return }
    if event.type == "claimed" { wait.observe(seconds, event.queue ?? "", kind) }
    if let state = event.state, state.isFinal { duration.observe(seconds, kind, state.rawValue) }
  }
}
