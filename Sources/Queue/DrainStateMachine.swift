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
  /// The database may have given attempts that nobody has counted yet: none are left only when the
  /// claim has ended as well.
  private var isClaiming = false

  package init() {}
}

extension DrainStateMachine {
  package var mayClaim: Bool { state == .running }

  /// Asks for a claim; answer with `claimEnded`.
  /// - Returns: whether the worker may claim.
  package mutating func claimBegins() -> Bool {
    isClaiming = mayClaim
    return isClaiming
  }

  /// A claim has ended; `attempts` include what it gave.
  package mutating func claimEnded(attempts: Int) -> [Action] {
    isClaiming = false
    switch state {
    case .running, .done: return []
    case .draining: return attempts == 0 ? finish() : []
    case .handingBack: return attempts == 0 ? finish() : [.handBack]
    }
  }

  /// SIGTERM, Ctrl-C, or an operator's command; the second one does not wait for attempts, the third for nothing.
  package mutating func stopRequested(attempts: Int) -> [Action] {
    switch state {
    case .running where isOver(attempts): return finish(after: [.stopClaiming])
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
    case .draining, .handingBack: isOver(attempts) ? finish() : []
    }
  }

  private func isOver(_ attempts: Int) -> Bool { attempts == 0 && !isClaiming }

  private mutating func handBack(attempts: Int) -> [Action] {
    if isOver(attempts) { return finish() }
    state = .handingBack
    return [.handBack]
  }

  private mutating func finish(after actions: [Action] = []) -> [Action] {
    state = .done
    return actions + [.stop]
  }
}
