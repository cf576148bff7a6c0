import Dispatch
import Synchronization

/// What callers and the engine's thread share: the requests that wait to be taken in, and the statistics.
final class EngineCore: Sendable {
  private struct Intake {
    var sequences: [ActiveSequence] = []
    var isOpen = true
  }

  private let intake = Mutex(Intake())
  private let shared: Mutex<InferenceStatistics>
  /// Whether tickets were cancelled that the engine's thread has not looked at.
  private let hasCancellations = Atomic(false)
  /// Signalled whenever the thread may have something to do.
  private let wake = DispatchSemaphore(value: 0)

  init(blockCount: Int) {
    var statistics = InferenceStatistics()
    statistics.blockCount = blockCount
    shared = Mutex(statistics)
  }

  var statistics: InferenceStatistics { shared.withLock { $0 } }

  func update(_ change: (inout InferenceStatistics) -> Void) {
    shared.withLock { change(&$0) }
  }

  func submit(_ sequence: ActiveSequence) {
    let isOpen = intake.withLock { intake in
      if intake.isOpen { intake.sequences.append(sequence) }
      return intake.isOpen
    }
    guard isOpen else { return sequence.fail(InferenceError.shutDown) }
    wake.signal()
  }

  /// The requests that came since the last call; nil after `shutdown`.
  func takeSubmissions() -> [ActiveSequence]? {
    intake.withLock { intake in
      guard intake.isOpen else { return nil }
      let sequences = intake.sequences
      if !sequences.isEmpty { intake.sequences = [] }
      return sequences
    }
  }

  func cancel(_ ticket: RequestTicket) {
    ticket.cancel()
    hasCancellations.store(true, ordering: .releasing)
    wake.signal()
  }

  /// Whether any ticket was cancelled since the last call.
  func takeCancellations() -> Bool { hasCancellations.exchange(false, ordering: .acquiringAndReleasing) }

  func shutdown() {
    let refused = intake.withLock { intake in
      intake.isOpen = false
      defer { intake.sequences = [] }
      return intake.sequences
    }
    for sequence in refused { sequence.fail(InferenceError.shutDown) }
    wake.signal()
  }

  func waitForWork() { wake.wait() }
}
