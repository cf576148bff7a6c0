/// How a worker stops: running → draining → handing back → done. Pure: events in, actions out.
package struct DrainStateMachine: Sendable, Hashable {
  package enum State: Sendable, Hashable {
    case running
    /// Claims nothing more and lets its attempts finish.
    case draining
    /// Stops its attempts and gives them back to the queue.
    case handingBack
    case done
  }

  package enum Action: Sendable, Hashable {
    case stopClaiming
    /// Wait for the attempts, no longer than the drain's limit.
    case awaitAttempts
    /// Stop the attempts at their next step and release them with reason `drain`.
    case handBack
    /// Deregister and return.
    case stop
  }

  package private(set) var state = State.running

  package init() {}
}

extension DrainStateMachine {
  package var mayClaim: Bool { state == .running }

  /// SIGTERM, Ctrl-C, or an operator's command; the second one does not wait for attempts, the third for nothing.
  package mutating func stopRequested(attempts: Int) -> [Action] {
    switch state {
    case .running where attempts == 0: return finish(after: [.stopClaiming])
    case .running:
      state = .draining
      return [.stopClaiming, .awaitAttempts]
    case .draining: return handBack(attempts: attempts)
    case .handingBack: return finish()
    case .done: return []
    }
  }

  /// An operator's command says once what a heartbeat repeats: unlike a signal it never hastens.
  package mutating func drainCommanded(attempts: Int) -> [Action] {
    state == .running ? stopRequested(attempts: attempts) : []
  }

  /// The drain's limit passed; while handing back, the limit of that: without a database it would never end.
  package mutating func limitPassed(attempts: Int) -> [Action] {
    switch state {
    case .draining: handBack(attempts: attempts)
    case .handingBack: finish()
    case .running, .done: []
    }
  }

  /// An attempt ended or was handed back; `attempts` are left.
  package mutating func attemptEnded(attempts: Int) -> [Action] {
    switch state {
    case .running, .done: []
    case .draining, .handingBack: attempts == 0 ? finish() : []
    }
  }

  private mutating func handBack(attempts: Int) -> [Action] {
    if attempts == 0 { return finish() }
    state = .handingBack
    return [.handBack]
  }

  private mutating func finish(after actions: [Action] = []) -> [Action] {
    state = .done
    return actions + [.stop]
  }
}
