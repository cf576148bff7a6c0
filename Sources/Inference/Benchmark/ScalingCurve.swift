/// A speed as something grows.
package struct ScalingCurve: Sendable {
  package struct Point: Sendable, Hashable {
    /// Sequences, or tokens of context.
    package let size: Int
    package let speed: SpeedSamples

    package init(size: Int, speed: SpeedSamples) {
      self.size = size
      self.speed = speed
    }
  }

  /// By rising size.
  package let points: [Point]

  package init(_ points: [Point]) { self.points = points.sorted { $0.size < $1.size } }

  /// How far each point but the first and the last lies under the straight line between its neighbours, as a share of
  /// the line's height; negative above it.
  package var sags: [(size: Int, sag: Double)] {
    points.indices.dropFirst().dropLast().map { index in
      let (left, point, right) = (points[index - 1], points[index], points[index + 1])
      let share = Double(point.size - left.size) / Double(right.size - left.size)
      let line = left.speed.median + (right.speed.median - left.speed.median) * share
      return (point.size, 1 - point.speed.median / line)
    }
  }
}
