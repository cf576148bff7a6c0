/// When a worker renews its lease, and when it must take it for lost. Pure: times come in, actions go out.
///
/// Times are durations from any fixed point of a monotonic clock. A lease counts from the moment a request was *sent*, so
/// that it ends here no later than in the database. Leases do not run while the database is away, and the token refuses
/// what comes late: so a lease that is over only holds results back, until a heartbeat says who has the attempts now.
package struct LeaseStateMachine: Sendable, Hashable {
  package enum State: Sendable, Hashable {
    /// No registration: nothing to renew and nothing to claim for.
    case unregistered(tryAt: Duration)
    case held(until: Duration, renewAt: Duration)
    /// Presumed over: nothing is written or claimed until a heartbeat was answered.
    case uncertain(renewAt: Duration)
  }

  package enum Action: Sendable, Hashable {
    /// Register under a fresh id.
    case register
    case renew
    /// Claim nothing, and keep results until `resumeWrites` or `abandonAttempts`.
    case suspendWrites
    case resumeWrites
    /// The attempts are others' by now: stop them, drop their results.
    case abandonAttempts
  }

  package private(set) var state: State
  package let lease: Duration
  /// A request is on its way; no second one until it is answered.
  private var isAsking = false

  /// Renewal at a third: two may fail before the lease is over.
  package var interval: Duration { lease / 3 }
  /// Between two attempts to reach a database that does not answer.
  private var pause: Duration { lease / 15 }

  package init(lease: Duration = .seconds(15), now: Duration) {
    self.lease = lease
    state = .unregistered(tryAt: now)
  }
}

extension LeaseStateMachine {
  package var mayWrite: Bool {
    if case .held = state { true } else { false }
  }

  /// When to call `advance` next, unless something happens before; nil while only an answer can bring something.
  package var nextDeadline: Duration? {
    switch state {
    case .unregistered(let tryAt): isAsking ? nil : tryAt
    case .held(let until, let renewAt): isAsking ? until : min(until, renewAt)
    case .uncertain(let renewAt): isAsking ? nil : renewAt
    }
  }

  /// Time has come to `now`.
  package mutating func advance(to now: Duration) -> [Action] {
    var actions: [Action] = []
    if case .held(let until, let renewAt) = state, now >= until {
      state = .uncertain(renewAt: min(renewAt, now))
      actions.append(.suspendWrites)
    }
    guard !isAsking else { return actions }
    switch state {
    case .unregistered(let tryAt) where now >= tryAt: actions.append(ask(.register))
    case .held(_, let renewAt) where now >= renewAt, .uncertain(let renewAt) where now >= renewAt:
      actions.append(ask(.renew))
    default: break
    }
    return actions
  }

  /// `NOTIFY quern_control`: there are commands to fetch at once.
  package mutating func wasCalled() -> [Action] {
    guard !isAsking else { return [] }
    switch state {
    case .unregistered: return []
    case .held, .uncertain: return [ask(.renew)]
    }
  }

  /// The registration or heartbeat that was sent at `sentAt` succeeded.
  package mutating func succeeded(sentAt: Duration, now: Duration) -> [Action] {
    isAsking = false
    let couldWrite = mayWrite
    let until = sentAt + lease
    // An answer that took longer than the lease proves nothing about now.
    if now >= until {
      state = .uncertain(renewAt: now)
      return (couldWrite ? [.suspendWrites] : []) + advance(to: now)
    }
    state = .held(until: until, renewAt: sentAt + interval)
    return couldWrite ? [] : [.resumeWrites]
  }

  /// No answer, or an error: soon again.
  package mutating func failed(now: Duration) -> [Action] {
    isAsking = false
    let retryAt = now + pause
    switch state {
    case .unregistered: state = .unregistered(tryAt: retryAt)
    case .held(let until, _): state = .held(until: until, renewAt: retryAt)
    case .uncertain: state = .uncertain(renewAt: retryAt)
    }
    return advance(to: now)
  }

  /// The database took the worker for lost.
  package mutating func wasLost(now: Duration) -> [Action] {
    isAsking = false
    let couldWrite = mayWrite
    state = .unregistered(tryAt: now)
    return (couldWrite ? [.suspendWrites] : []) + [.abandonAttempts] + advance(to: now)
  }

  private mutating func ask(_ action: Action) -> Action {
    isAsking = true
    return action
  }
}
