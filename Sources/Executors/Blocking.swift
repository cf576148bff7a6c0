import Dispatch
import Synchronization

/// Runs long synchronous work outside the cooperative pool.
func onThread<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global(qos: .userInitiated).async {
      continuation.resume(with: Result { try work() })
    }
  }
}

/// As `onThread`, for work that looks from time to time whether its task was cancelled.
func onThreadWatchingCancellation<Success: Sendable>(
  _ work: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) throws -> Success
) async throws -> Success {
  let flag = CancellationFlag()
  return try await withTaskCancellationHandler {
    try await onThread { try work { flag.isRaised } }
  } onCancel: {
    flag.raise()
  }
}

private final class CancellationFlag: Sendable {
  private let state = Atomic(false)

  var isRaised: Bool { state.load(ordering: .relaxed) }

  func raise() { state.store(true, ordering: .relaxed) }
}
