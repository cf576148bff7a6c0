import Telemetry

/// One metric of `quern.metrics` and where its samples go.
struct QueueSeries: Sendable {
  let name: String
  private let labels: [String]
  private let store: @Sendable ([(labels: [String], value: Double)]) -> Void

  /// Replaces all samples; a label that the database does not give is empty.
  func assign(_ samples: [QueueMetric]) {
    store(samples.map { sample in (labels.map { sample.labels[$0] ?? "" }, sample.value) })
  }

  static func all(in registry: MetricsRegistry) -> [QueueSeries] {
    jobs(in: registry) + totals(in: registry) + workers(in: registry) + training(in: registry)
  }

  private static func jobs(in registry: MetricsRegistry) -> [QueueSeries] {
    [
      gauge(registry, "quern_jobs", "Jobs by state.", ["queue", "kind", "state"]),
      gauge(registry, "quern_queue_depth", "Jobs that could be claimed.", ["queue"]),
      gauge(registry, "quern_queue_oldest_seconds", "Age of the oldest claimable job in seconds.", ["queue"]),
    ]
  }

  private static func totals(in registry: MetricsRegistry) -> [QueueSeries] {
    [
      counter(registry, "quern_jobs_submitted_total", "Jobs submitted.", ["queue", "kind"]),
      counter(
        registry,
        "quern_jobs_finished_total",
        "Jobs that reached a final state.",
        ["queue", "kind", "outcome", "code"]
      ),
      counter(registry, "quern_job_attempts_total", "Claims of jobs.", ["queue", "kind"]),
      counter(registry, "quern_job_lease_lost_total", "Attempts lost with their worker.", ["queue", "kind"]),
      counter(registry, "quern_job_fenced_writes_total", "Writes of stale attempts, refused.", ["queue", "kind"]),
    ]
  }

  private static func workers(in registry: MetricsRegistry) -> [QueueSeries] {
    [
      gauge(registry, "quern_worker_up", "1 while the worker's lease runs.", ["worker"]),
      gauge(
        registry,
        "quern_worker_heartbeat_timestamp_seconds",
        "Last heartbeat, in seconds since 1970.",
        ["worker"]
      ),
      gauge(registry, "quern_worker_lease_seconds", "What is left of the worker's lease in seconds.", ["worker"]),
      gauge(
        registry,
        "quern_worker_info",
        "Version and engine of a worker; always 1.",
        ["worker", "version", "engine", "cpu", "dtype"]
      ),
    ]
  }

  /// Of running jobs only: their samples go with them.
  private static func training(in registry: MetricsRegistry) -> [QueueSeries] {
    let gauges: [(StaticString, StaticString)] = [
      ("quern_train_step", "Optimiser steps done."),
      ("quern_train_steps_planned", "Optimiser steps to do in all."),
      ("quern_train_epoch", "Epochs done."),
      ("quern_train_loss", "Training loss, as logged last."),
      ("quern_train_eval_loss", "Loss of the last evaluation."),
      ("quern_train_learning_rate", "Learning rate of the last step."),
      ("quern_train_grad_norm", "Gradient norm before clipping."),
      ("quern_train_tokens_per_second", "Tokens trained on each second."),
      ("quern_train_eta_seconds", "Expected time to the end in seconds."),
      ("quern_train_mean_token_accuracy", "Share of tokens that the model ranks first, 0 to 1."),
    ]
    let counters: [(StaticString, StaticString)] = [
      ("quern_train_checkpoints_total", "Checkpoints stored."),
      ("quern_train_hyperparameter_changes_total", "Adjustments of running jobs."),
      ("quern_train_nan_total", "Losses that were no number."),
      ("quern_train_rollbacks_total", "Returns to an earlier checkpoint."),
    ]
    return gauges.map { gauge(registry, $0, $1, ["job"]) }
      + [counter(registry, "quern_train_tokens_total", "Tokens trained on.", ["job"])]
      + counters.map { counter(registry, $0, $1, ["kind"]) }
  }

  private static func gauge(
    _ registry: MetricsRegistry,
    _ name: StaticString,
    _ help: StaticString,
    _ labels: [StaticString]
  ) -> QueueSeries {
    let gauge = registry.gauge(name, help: help, labels: labels.map(bounded))
    return QueueSeries(name: "\(name)", labels: labels.map { "\($0)" }, store: gauge.assign)
  }

  private static func counter(
    _ registry: MetricsRegistry,
    _ name: StaticString,
    _ help: StaticString,
    _ labels: [StaticString]
  ) -> QueueSeries {
    let counter = registry.counter(name, help: help, labels: labels.map(bounded))
    return QueueSeries(name: "\(name)", labels: labels.map { "\($0)" }, store: counter.assign)
  }

  /// Queues, workers and jobs can be many, everything else is a short list.
  private static func bounded(_ name: StaticString) -> MetricLabel {
    MetricLabel(name, limit: ["queue", "worker", "job"].contains("\(name)") ? 200 : 40)
  }
}
