import Synchronization

/// How often values fell at or below bounds, and their sum.
package final class Histogram: Metric {
  private struct Series {
    /// One more than there are bounds: the last is for values above all of them.
    var counts: [UInt64]
    var sum = 0.0
  }

  private struct State {
    var bounds: LabelBounds
    var series: [[String]: Series] = [:]
  }

  let description: MetricDescription
  private let buckets: [Double]
  private let state: Mutex<State>

  init(_ description: MetricDescription, buckets: [Double]) {
    precondition(!buckets.isEmpty && buckets.allSatisfy(\.isFinite), "a histogram has finite bounds")
    precondition(zip(buckets, buckets.dropFirst()).allSatisfy(<), "the bounds of a histogram ascend")
    self.description = description
    self.buckets = buckets
    state = Mutex(State(bounds: LabelBounds(description.labels)))
  }

  /// - Parameter labels: a value for each label, in the order of the declaration.
  package func observe(_ value: Double, _ labels: String...) { observe(value, labels: labels) }

  /// As above, in seconds.
  package func observe(_ duration: Duration, _ labels: String...) {
    let (seconds, attoseconds) = duration.components
    observe(Double(seconds) + Double(attoseconds) / 1e18, labels: labels)
  }

  /// Takes over counts that are kept elsewhere: per bound (one more than `buckets`), not cumulative.
  package func assign(_ samples: [(labels: [String], counts: [UInt64], sum: Double)]) {
    state.withLock { state in
      state.bounds.reset()
      state.series = [:]
      for sample in samples {
        precondition(sample.counts.count == buckets.count + 1, "a count for each bucket and one above")
        let key = state.bounds.admit(sample.labels)
        let previous = state.series[key] ?? Series(counts: Array(repeating: 0, count: buckets.count + 1))
        state.series[key] = Series(counts: zip(previous.counts, sample.counts).map(+), sum: previous.sum + sample.sum)
      }
    }
  }

  private func observe(_ value: Double, labels: [String]) {
    let bucket = buckets.firstIndex { value <= $0 } ?? buckets.count
    state.withLock { state in
      let key = state.bounds.admit(labels)
      state.series[key, default: Series(counts: Array(repeating: 0, count: buckets.count + 1))].counts[bucket] += 1
      state.series[key]?.sum += value
    }
  }

  func write(to text: inout MetricsText) {
    let series = state.withLock { $0.series }
    guard !series.isEmpty else { return }
    text.header(description, type: "histogram")
    for (labels, one) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      write(one, labels: Array(zip(description.labelNames, labels)), to: &text)
    }
  }

  private func write(_ series: Series, labels: [(name: String, value: String)], to text: inout MetricsText) {
    var total: UInt64 = 0
    for (bound, count) in zip(buckets + [.infinity], series.counts) {
      total += count
      text.sample(
        "\(description.name)_bucket",
        labels: labels + [("le", MetricsText.number(bound))],
        value: Double(total)
      )
    }
    text.sample("\(description.name)_sum", labels: labels, value: series.sum)
    text.sample("\(description.name)_count", labels: labels, value: Double(total))
  }
}
