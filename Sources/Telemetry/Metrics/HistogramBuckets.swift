/// Bounds that several histograms share, in seconds unless said otherwise.
package enum HistogramBuckets {
  /// Single calls: a claim, a query, a redaction.
  package static let call = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  /// Waiting in a queue and whole jobs.
  package static let wait = [
    0.001, 0.005, 0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960,
    1920, 7680,
  ]
  package static let timeToFirstToken = [
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
  ]
  package static let timePerToken = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
  ]
  /// Tokens, 1-2-5.
  package static let tokens = [
    1.0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
  ]
  /// Sequences in a batch.
  package static let batchSize = [1.0, 2, 4, 8, 16, 32, 64, 128, 256]
}
