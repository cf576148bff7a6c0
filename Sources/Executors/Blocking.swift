import Dispatch

/// Runs long synchronous work outside the cooperative pool.
func onThread<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global(qos: .userInitiated).async {
      continuation.resume(with: Result { try work() })
    }
  }
}
