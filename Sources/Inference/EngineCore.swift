import Dispatch
import Synchronization

/// What callers and the engine's thread share: the requests that wait to be taken in, and the statistics.
final class EngineCore: Sendable {
  private enum Intake {
    case open([ActiveSequence])
    case closed
  }

  private let intake = Mutex(Intake.open([]))
  private let shared: Mutex<InferenceStatistics>
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
      guard case .open(var sequences) = intake else { return false }
      sequences.append(sequence)
      intake = .open(sequences)
      return true
    }
    guard isOpen else { return sequence.fail(InferenceError.shutDown) }
    wakeUp()
  }

  /// The requests that came since the last call; nil after `shutdown`.
  func takeSubmissions() -> [ActiveSequence]? {
    intake.withLock { intake in
      guard case .open(let sequences) = intake else { return nil }
      intake = .open([])
      return sequences
    }
  }

  func shutdown() {
    let refused = intake.withLock { intake in
      guard case .open(let sequences) = intake else { return [] as [ActiveSequence] }
      intake = .closed
      return sequences
    }
    for sequence in refused { sequence.fail(InferenceError.shutDown) }
    wakeUp()
  }

  func wakeUp() { wake.signal() }

  func waitForWork() { wake.wait() }
}
