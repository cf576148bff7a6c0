import Synchronization

/// Values by label values, for counters and gauges.
struct Samples: Sendable {
  private var bounds: LabelBounds
  private(set) var values: [[String]: Double] = [:]

  init(_ labels: [MetricLabel]) { bounds = LabelBounds(labels) }

  mutating func add(_ amount: Double, _ labels: [String]) {
    values[bounds.admit(labels), default: 0] += amount
  }

  mutating func set(_ value: Double, _ labels: [String]) {
    values[bounds.admit(labels)] = value
  }

  /// Replaces all samples; those beyond a bound are summed under `other`.
  mutating func assign(_ samples: [(labels: [String], value: Double)]) {
    bounds.reset()
    values = [:]
    for sample in samples { add(sample.value, sample.labels) }
  }

  func write(_ description: MetricDescription, type: String, to text: inout MetricsText) {
    guard !values.isEmpty else { return }
    text.header(description, type: type)
    for (labels, value) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      text.sample(description.name, labels: Array(zip(description.labelNames, labels)), value: value)
    }
  }
}

/// A number that only grows.
package final class Counter: Metric {
  let description: MetricDescription
  private let samples: Mutex<Samples>

  init(_ description: MetricDescription) {
    self.description = description
    samples = Mutex(Samples(description.labels))
  }

  /// - Parameter labels: a value for each label, in the order of the declaration.
  package func increment(by amount: Double = 1, _ labels: String...) {
    precondition(amount >= 0, "a counter never falls")
    samples.withLock { $0.add(amount, labels) }
  }

  /// Takes over totals that are counted elsewhere, in the database for example.
  package func assign(_ totals: [(labels: [String], value: Double)]) {
    samples.withLock { $0.assign(totals) }
  }

  func write(to text: inout MetricsText) {
    samples.withLock { $0 }.write(description, type: "counter", to: &text)
  }
}

/// A number that goes up and down.
package final class Gauge: Metric {
  let description: MetricDescription
  private let samples: Mutex<Samples>

  init(_ description: MetricDescription) {
    self.description = description
    samples = Mutex(Samples(description.labels))
  }

  /// - Parameter labels: a value for each label, in the order of the declaration.
  package func set(_ value: Double, _ labels: String...) {
    samples.withLock { $0.set(value, labels) }
  }

  package func add(_ amount: Double, _ labels: String...) {
    samples.withLock { $0.add(amount, labels) }
  }

  /// Replaces all samples; those beyond a bound are summed under `other`.
  package func assign(_ values: [(labels: [String], value: Double)]) {
    samples.withLock { $0.assign(values) }
  }

  func write(to text: inout MetricsText) {
    samples.withLock { $0 }.write(description, type: "gauge", to: &text)
  }
}
