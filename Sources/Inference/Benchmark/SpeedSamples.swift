/// Repeated measurements of one speed, in units per second.
package struct SpeedSamples: Sendable, Hashable {
  private var sorted: [Double] = []

  package init() {}

  package init(_ values: some Sequence<Double>) { sorted = values.sorted() }

  /// - Parameter count: units that took so long.
  package mutating func append(_ count: Int, in duration: Duration) {
    // A clock that did not move means less than its resolution.
    let speed = Double(count) / max(duration / .seconds(1), 1e-9)
    sorted.insert(speed, at: sorted.firstIndex { $0 > speed } ?? sorted.endIndex)
  }

  package var count: Int { sorted.count }

  /// - Precondition: of this and the next two: something was measured.
  package var least: Double { sorted[0] }
  package var greatest: Double { sorted[sorted.count - 1] }

  /// Of an even number of samples the mean of the two in the middle.
  package var median: Double {
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}
