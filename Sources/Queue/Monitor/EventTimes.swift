import JSON
package import Telemetry

/// How long jobs wait and take, and what their checkpoints cost, as their events tell it.
package final class EventTimes: Sendable {
  private let wait: Histogram
  private let duration: Histogram
  private let checkpointSeconds: Histogram
  private let checkpointBytes: Histogram

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
    checkpointSeconds = registry.histogram(
      "quern_train_checkpoint_seconds",
      help: "Time to store a checkpoint in seconds.",
      labels: [kind],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 640]
    )
    checkpointBytes = registry.histogram(
      "quern_train_checkpoint_bytes",
      help: "Size of a checkpoint in bytes.",
      labels: [kind],
      buckets: [1e5, 1e6, 1e7, 1e8, 2.5e8, 5e8, 1e9, 2.5e9, 5e9, 1e10, 1e11]
    )
  }

  func observe(_ event: QueueEvent) {
    guard let seconds = event.data["seconds"]?.double, let kind = event.kind else { return }
    if event.type == "checkpoint_saved" {
      checkpointSeconds.observe(seconds, kind)
      if let bytes = event.data["bytes"]?.double { checkpointBytes.observe(bytes, kind) }
    }
    if event.type == "claimed" { wait.observe(seconds, event.queue ?? "", kind) }
    if let state = event.state, state.isFinal { duration.observe(seconds, kind, state.rawValue) }
  }
}
