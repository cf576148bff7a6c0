import Synchronization

/// The metrics of a process, and their text for Prometheus.
package final class MetricsRegistry: Sendable {
  private struct State {
    var metrics: [String: any Metric] = [:]
    var collectors: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// A number that only grows; its name ends with `_total`.
  package func counter(_ name: StaticString, help: StaticString, labels: [MetricLabel] = []) -> Counter {
    precondition("\(name)".hasSuffix("_total"), "the name of a counter ends with _total")
    return register(Counter(MetricDescription(name, help, labels)))
  }

  /// A number that goes up and down.
  package func gauge(_ name: StaticString, help: StaticString, labels: [MetricLabel] = []) -> Gauge {
    register(Gauge(MetricDescription(name, help, labels)))
  }

  /// How often values fell below bounds.
  ///
  /// - Parameter buckets: upper bounds, ascending, without infinity.
  package func histogram(
    _ name: StaticString,
    help: StaticString,
    labels: [MetricLabel] = [],
    buckets: [Double]
  ) -> Histogram {
    register(Histogram(MetricDescription(name, help, labels), buckets: buckets))
  }

  /// Runs before every exposition, to set metrics that are read rather than counted.
  package func onCollect(_ collector: @escaping @Sendable () -> Void) {
    state.withLock { $0.collectors.append(collector) }
  }

  /// The text format 0.0.4 of Prometheus: metrics by name, samples by label values.
  package func exposition() -> String {
    for collect in state.withLock({ $0.collectors }) { collect() }
    let metrics = state.withLock { $0.metrics.values.sorted { $0.description.name < $1.description.name } }
    var text = MetricsText()
    for metric in metrics { metric.write(to: &text) }
    return text.text
  }

  private func register<M: Metric>(_ metric: M) -> M {
    let isNew = state.withLock { state in
      state.metrics.updateValue(metric, forKey: metric.description.name) == nil
    }
    precondition(isNew, "\(metric.description.name) is declared twice")
    return metric
  }
}

/// What is fixed about a metric.
struct MetricDescription: Sendable {
  let name: String
  let help: String
  let labels: [MetricLabel]

  init(_ name: StaticString, _ help: StaticString, _ labels: [MetricLabel]) {
    self.name = "\(name)"
    self.help = "\(help)"
    self.labels = labels
  }

  var labelNames: [String] { labels.map(\.name) }
}

protocol Metric: Sendable {
  var description: MetricDescription { get }
  func write(to text: inout MetricsText)
}
