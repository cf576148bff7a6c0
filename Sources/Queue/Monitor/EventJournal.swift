import FoundationEssentials
package import Logging
package import Privacy
import ServiceLifecycle
package import Telemetry

/// Brings every event of the queue into the journal once, those of one job in order, also across crashes.
///
/// The cursor in the database is stored after the journal has the entries. A crash in between leaves entries above the
/// cursor: after a start, and after each failure, the journal is asked which of the next events it has already.
package struct EventJournal: Service {
  private let events: EventReader
  private let sink: any JournalSink
  private let written: any JournalReader
  private let gate: ContentGate
  private let policy: ContentPolicy
  private let redactions: RedactionMetrics
  private let times: EventTimes
  private let progress: ProgressSource
  private let logger: Logger

  private static let pause = Duration.milliseconds(200)
  /// How far the clocks of database and journal may be apart.
  private static let clockSkew: UInt64 = 300_000_000

  package init(
    events: EventReader,
    sink: any JournalSink,
    written: any JournalReader,
    gate: ContentGate,
    policy: ContentPolicy,
    redactions: RedactionMetrics,
    times: EventTimes,
    progress: ProgressSource,
    logger: Logger
  ) {
    self.events = events
    self.sink = sink
    self.written = written
    self.gate = gate
    self.policy = policy
    self.redactions = redactions
    self.times = times
    self.progress = progress
    self.logger = logger
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      progress.beginWork()
      defer { progress.endWork() }
      var memory = Memory()
      while !Task.isCancelled {
        let count = await step(&memory)
        progress.advance()
        // Cancellation only ends the sleep, and with it the loop.
        if count == 0 { try? await Task.sleep(for: Self.pause) }
      }
    }
  }

  /// What one step leaves to the next.
  private struct Memory {
    var instance: Identifier?
    /// Ids that the journal has already; nil when it must be asked.
    var known: Set<Int64>?
  }

  /// - Returns: how many events were dealt with.
  private func step(_ memory: inout Memory) async -> Int {
    do {
      let batch = try await events.read()
      guard let last = batch.last else { return 0 }
      let instance = if let instance = memory.instance { instance } else { try await events.instance() }
      memory.instance = instance
      let known = try memory.known ?? idsInJournal(from: batch, of: instance)
      memory.known = nil
      try write(batch.filter { !known.contains($0.id) }, of: instance)
      try await events.store(after: last)
      memory.known = known
      return batch.count
    } catch {
      logger.warning("events wait in the database", metadata: ["error": "\(error)"])
      memory.known = nil
      return 0
    }
  }

  private func write(_ batch: [QueueEvent], of instance: Identifier) throws {
    let words = EventEntry(gate: gate, policy: policy, instance: instance)
    let entries = batch.map { redactions.counting(words.entry(for: $0)) }
    try sink.write(entries)
    try sink.synchronize()
    batch.forEach(times.observe)
  }

  /// An event cannot be in the journal before it happened.
  private func idsInJournal(from batch: [QueueEvent], of instance: Identifier) throws -> Set<Int64> {
    let first = batch.map(\.id).min() ?? 0
    let earliest = batch.map(\.at.timeIntervalSince1970).min() ?? 0
    let since = UInt64(max(0, earliest * 1_000_000))
    return try written.eventIDs(above: first - 1, since: since - min(since, Self.clockSkew), of: instance)
  }
}
