package import JSON

/// What a run logged, put together from the events of all its attempts.
package struct TrainingHistory: Sendable, Hashable {
  package struct Entry: Sendable, Hashable {
    package let attempt: Int
    package let step: Int
    /// Seconds since 1970.
    package let time: Double
    /// By transformers' names, in the order they came; finite numbers only.
    package let values: [Value]
  }

  package struct Value: Sendable, Hashable {
    package let name: String
    package let number: Double
  }

  package struct Point: Sendable, Hashable {
    package let step: Int
    package let number: Double

    package init(step: Int, number: Double) {
      self.step = step
      self.number = number
    }
  }

  /// The events of `quern.events` that hold a step's values.
  package static let eventTypes = ["training_log", "evaluation"]

  package private(set) var entries: [Entry] = []

  package init() {}

  /// Events come in their order. A new attempt goes on from a checkpoint: what earlier ones logged past it is void.
  /// - Returns: nil for an event without a step.
  @discardableResult
  package mutating func append(_ event: JSONValue?, attempt: Int, time: Double) -> Entry? {
    guard let members = event?.object, let step = members["step"]?.integer, step >= 0 else { return nil }
    if let last = entries.last, last.attempt != attempt { entries.removeAll { $0.step >= step } }
    let values = members.compactMap { name, value -> Value? in
      guard name != "step", let number = value.double, number.isFinite else { return nil }
      return Value(name: name, number: number)
    }
    let entry = Entry(attempt: attempt, step: step, time: time, values: values)
    entries.append(entry)
    return entry
  }

  /// The values of one name over the steps.
  package func series(_ name: String) -> [Point] {
    entries.compactMap { entry in
      entry.values.first { $0.name == name }.map { Point(step: entry.step, number: $0.number) }
    }
  }
}
