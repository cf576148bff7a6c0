import Synchronization

/// Wakes the one task that waits for it; a ring while nobody waits is kept for the next wait.
final class Bell: Sendable {
  private enum State {
    case silent
    case rung
    case awaited(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.silent)

  func ring() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      defer { state = if case .awaited = state { .silent } else { .rung } }
      return if case .awaited(let waiter) = state { waiter } else { nil }
    }
    waiter?.resume()
  }

  /// Returns at the next ring, after `limit`, or when the task is cancelled.
  func wait(atMost limit: Duration? = nil) async {
    guard let limit else { return await wait() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      // Cancellation only ends the sleep, which is what is wanted.
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if Task.isCancelled { return true }
          switch state {
          case .silent:
            state = .awaited(continuation)
            return false
          case .rung:
            state = .silent
            return true
          case .awaited:
            preconditionFailure("a bell wakes one task, and another waits already")
          }
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard case .awaited(let waiter) = state else { return nil }
        state = .silent
        return waiter
      }
      waiter?.resume()
    }
  }
}
