package import Telemetry

/// The series of a worker's exchange with the queue.
package final class WorkerMetrics: Sendable {
  private let claimSeconds: Histogram
  private let draining: Gauge

  package init(_ registry: MetricsRegistry) {
    claimSeconds = registry.histogram(
      "quern_claim_seconds",
      help: "Time of one claim, round trip included, in seconds.",
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    )
    draining = registry.gauge("quern_drain_in_progress", help: "1 while the worker drains.")
    draining.set(0)
  }

  func timingClaim<Success, Failure: Error>(
    _ claim: () async throws(Failure) -> Success
  ) async throws(Failure) -> Success {
    let start = ContinuousClock.now
    let success = try await claim()
    claimSeconds.observe(ContinuousClock.now - start)
    return success
  }

  func drainBegan() { draining.set(1) }
}
