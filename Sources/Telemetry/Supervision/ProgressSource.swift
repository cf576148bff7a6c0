import Synchronization

/// Something that must go on for the service to be alive: the engine's loop, the exchange with the database.
package final class ProgressSource: Sendable {
  package let name: String
  private let marks = Atomic<UInt64>(0)
  private let busyCount = Atomic<Int>(0)

  package init(name: StaticString) {
    self.name = "\(name)"
  }

  /// A step was done.
  package func advance() { marks.wrappingAdd(1, ordering: .relaxed) }

  /// Work begins: from now on steps are expected. Pairs with `endWork`.
  package func beginWork() {
    busyCount.wrappingAdd(1, ordering: .relaxed)
    advance()
  }

  /// Work ends; with none left the source is idle, which needs no steps.
  package func endWork() {
    advance()
    busyCount.wrappingSubtract(1, ordering: .relaxed)
  }

  package func duringWork<Result, Failure: Error>(
    _ work: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    beginWork()
    defer { endWork() }
    return try await work()
  }

  var markCount: UInt64 { marks.load(ordering: .relaxed) }
  var isIdle: Bool { busyCount.load(ordering: .relaxed) == 0 }
}

/// Judges at each look whether all sources went on since the look before.
package struct ProgressJudge {
  private var lastMarks: [UInt64]
  private let sources: [ProgressSource]

  package init(_ sources: [ProgressSource]) {
    self.sources = sources
    lastMarks = sources.map(\.markCount)
  }

  /// The names of the sources that have work and did no step since the last call.
  package mutating func stalled() -> [String] {
    let marks = sources.map(\.markCount)
    defer { lastMarks = marks }
    return sources.indices.filter { marks[$0] == lastMarks[$0] && !sources[$0].isIdle }.map { sources[$0].name }
  }
}
