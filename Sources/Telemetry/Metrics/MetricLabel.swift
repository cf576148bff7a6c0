/// A label and the values it may have: every series costs its reader memory for ever, so each label is bounded.
package struct MetricLabel: Sendable, Hashable {
  enum Bound: Sendable, Hashable {
    case values(Set<String>)
    case count(Int)
  }

  /// The value that stands for all values beyond the bound.
  package static let other = "other"

  let name: String
  let bound: Bound

  /// A label whose values are known beforehand; any other value counts as `other`.
  package init(_ name: StaticString, values: [String]) {
    self.name = "\(name)"
    bound = .values(Set(values))
  }

  /// A label whose first `limit` values have series of their own; later ones count as `other`.
  package init(_ name: StaticString, limit: Int) {
    self.name = "\(name)"
    bound = .count(limit)
  }
}

/// The values that the labels of one metric have had.
struct LabelBounds: Sendable {
  let labels: [MetricLabel]
  private var seen: [Set<String>]

  init(_ labels: [MetricLabel]) {
    self.labels = labels
    seen = labels.map { _ in [] }
  }

  /// The values with those beyond their bound replaced.
  mutating func admit(_ values: [String]) -> [String] {
    precondition(values.count == labels.count, "a sample has a value for each label of its metric")
    return values.enumerated().map { admit($1, label: $0) }
  }

  /// Forgets which values there were, for a metric whose samples are all replaced.
  mutating func reset() {
    seen = labels.map { _ in [] }
  }

  private mutating func admit(_ value: String, label index: Int) -> String {
    switch labels[index].bound {
    case .values(let values):
      return values.contains(value) ? value : MetricLabel.other
    case .count(let limit):
      if seen[index].contains(value) { return value }
      guard seen[index].count < limit else { return MetricLabel.other }
      seen[index].insert(value)
      return value
    }
  }
}
