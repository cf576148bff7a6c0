import Logging
import Postgres
import Synchronization
import Telemetry

extension Worker {
  /// Registers, renews and obeys until the drain is done.
  func keepLease() async {
    databaseProgress.beginWork()
    defer { databaseProgress.endWork() }
    while !Task.isCancelled {
      let actions = state.withLock { state in
        defer { state.wasCalled = false }
        return state.lease.advance(to: now) + (state.wasCalled ? state.lease.wasCalled() : [])
      }
      if actions.isEmpty {
        await leaseBell.wait(atMost: state.withLock { $0.lease.nextDeadline }.map { max(.zero, $0 - now) })
      } else {
        await perform(actions)
      }
    }
  }

  /// Carries out the actions, and those that follow from them.
  private func perform(_ actions: [LeaseStateMachine.Action]) async {
    var pending = actions
    while !pending.isEmpty {
      switch pending.removeFirst() {
      case .register: pending += await register()
      case .renew: pending += await renew()
      case .suspendWrites: logger.warning("the lease may be over: results wait for the database")
      case .resumeWrites:
        claimBell.ring()
        writeBell.ring()
      case .abandonAttempts:
        logger.warning("the database took this worker for lost: its attempts are others' now")
        state.withLock { state in
          state.attempts.abandonAll()
          state.session = nil
        }
        writeBell.ring()
      }
    }
  }

  /// A draining worker needs no registration of a new kind.
  private func register() async -> [LeaseStateMachine.Action] {
    var generator = SystemRandomNumberGenerator()
    let session = WorkerSession(
      id: WorkerID(name: configuration.name, using: &generator),
      database,
      // Not so long that the watchdog would take the wait for a hang.
      deadline: min(configuration.lease * 2 / 3, .seconds(10))
    )
    let sentAt = now
    do throws(QueueError) {
      try await session.register(configuration.registration)
    } catch {
      return failed(error, "could not register")
    }
    logger.info("registered", metadata: ["worker": "\(session.id)"])
    return state.withLock { state in
      state.session = session
      return state.lease.succeeded(sentAt: sentAt, now: now)
    }
  }

  private func renew() async -> [LeaseStateMachine.Action] {
    let (session, attempts, training) = state.withLock {
      ($0.session, $0.attempts.progress, $0.attempts.training)
    }
    guard let session else { return state.withLock { $0.lease.wasLost(now: now) } }
    let sentAt = now
    let commands: [WorkerCommand]
    do throws(QueueError) {
      commands = try await session.heartbeat(attempts, training: training, isIdle: attempts.isEmpty)
    } catch {
      return failed(error, "could not renew the lease")
    }
    databaseProgress.advance()
    if commands.contains(.register) { return state.withLock { $0.lease.wasLost(now: now) } }
    for command in commands { obey(command) }
    let pausing = commands.compactMap { if case .pause(let attempt) = $0 { attempt } else { nil } }
    state.withLock { $0.attempts.pause(Set(pausing)) }
    return state.withLock { $0.lease.succeeded(sentAt: sentAt, now: now) }
  }

  private func obey(_ command: WorkerCommand) {
    switch command {
    case .cancel(let attempt):
      state.withLock { $0.attempts.abandon(attempt) }
      claimBell.ring()
    case .drain:
      let actions = state.withLock { $0.drain.drainCommanded(attempts: $0.attempts.count) }
      if !actions.isEmpty { perform(actions) }
    case .adjust(let attempt, let adjustment):
      state.withLock { $0.attempts.deliver(adjustment, to: attempt) }
    // Registering is the lease's business, and what is pausing is told by all pauses together.
    case .register, .pause: break
    }
  }

  private func failed(_ error: QueueError, _ message: String) -> [LeaseStateMachine.Action] {
    logger.warning("\(message)", metadata: ["error": "\(error)"])
    // The loop goes on, whatever the database does.
    databaseProgress.advance()
    return state.withLock { $0.lease.failed(now: now) }
  }
}
