import Jobs
import Logging
import Postgres
import Synchronization
import Telemetry

extension Worker {
  /// Claims while it may, runs each job in a task of its own, and returns when the last of them has.
  func claimAndRun() async {
    await withDiscardingTaskGroup { group in
      var idleness = Idleness.unknown
      while !Task.isCancelled, state.withLock({ $0.drain.claimBegins() }) {
        let pause = await claim(&idleness) { job, attempt, signals in
          group.addTask(name: "job \(job.id)") { await self.run(job, attempt, until: signals) }
        }
        let actions = state.withLock { $0.drain.claimEnded(attempts: $0.attempts.count) }
        if actions.isEmpty { await claimBell.wait(atMost: pause) } else { perform(actions) }
      }
      await drain()
      // What still runs goes back to the queue with the registration.
      group.cancelAll()
    }
  }

  /// How sure it is that a submission wakes this worker: see `WorkerSession.maySleep`.
  private enum Idleness {
    case unknown
    /// The mark is set, and submissions may be under way that did not see it.
    case marked
    /// Every later submission notifies.
    case safe
  }

  /// - Returns: how long to wait for the bell; nil without limit.
  private func claim(
    _ idleness: inout Idleness,
    begin: (ClaimedJob, JobAttempt, AsyncStream<WorkerAttempts.StopReason>) -> Void
  ) async -> Duration? {
    let (session, capacity, running) = state.withLock { state in
      (state.lease.mayWrite ? state.session : nil, freeSlots(state), state.attempts.count)
    }
    guard let session, capacity.values.contains(where: { $0 > 0 }) else { return configuration.pollInterval }
    do throws(QueueError) {
      let jobs = try await metrics.timingClaim { () throws(QueueError) in
        try await session.claim(capacity, running: running, marksIdle: true)
      }
      databaseProgress.advance()
      if jobs.isEmpty { return try await rest(session, &idleness) }
      idleness = .unknown
      for job in jobs {
        let attempt = JobAttempt(job.attemptID, session, scratch: scratch)
        let storesCheckpoints = runner.checkpointingKinds.contains(job.kind)
        let signals = state.withLock { state in
          // The drain may have begun while the claim was on its way.
          defer { if !state.drain.mayClaim { state.attempts.beginDrain(within: configuration.drainLimit) } }
          return state.attempts.begin(job, attempt, storesCheckpoints: storesCheckpoints)
        }
        begin(job, attempt, signals)
      }
      return .zero
    } catch {
      logger.warning("could not claim", metadata: ["error": "\(error)"])
      idleness = .unknown
      return configuration.pollInterval
    }
  }

  private func rest(_ session: WorkerSession, _ idleness: inout Idleness) async throws(QueueError) -> Duration {
    if idleness == .safe { return configuration.pollInterval }
    idleness = try await session.maySleep() ? .safe : .marked
    return idleness == .safe ? .zero : .milliseconds(50)
  }

  private func freeSlots(_ state: borrowing State) -> [JobKind: Int] {
    if state.attempts.holdsAlone { return [:] }
    let used = state.attempts.countsByKind
    return configuration.slots.reduce(into: [:]) { free, slot in
      free[slot.key] = max(0, slot.value - used[slot.key, default: 0])
    }
  }

  /// Lets attempts finish, no longer than the limit; then hands them back, or leaves them to the lease's end.
  private func drain() async {
    metrics.drainBegan()
    let deadline = now + configuration.drainLimit
    await announceDrain()
    await finish(.draining, until: deadline)
    await finish(.handingBack, until: now + Self.handBackLimit)
  }

  private static let handBackLimit = Duration.seconds(5)
  /// What a checkpoint that is under way may take beyond the drain's limit: together they stay below the units'
  /// TimeoutStopSec of two minutes.
  private static let storeLimit = Duration.seconds(80)

  private func finish(_ stage: DrainStateMachine.State, until deadline: Duration) async {
    while !Task.isCancelled, state.withLock({ $0.drain.state == stage }) {
      await claimBell.wait(atMost: max(.zero, deadline - now))
      guard now >= deadline else { continue }
      if stage == .draining, now < deadline + Self.storeLimit, state.withLock({ $0.attempts.areStoring }) {
        await claimBell.wait(atMost: .milliseconds(100))
        continue
      }
      perform(state.withLock { $0.drain.limitPassed(attempts: $0.attempts.count) })
    }
  }

  private func announceDrain() async {
    guard let session = state.withLock({ $0.session }) else { return }
    do throws(QueueError) {
      try await session.announceDrain()
    } catch {
      // Only operators miss something.
      logger.warning("could not announce the drain", metadata: ["error": "\(error)"])
    }
  }
}

extension Worker {
  /// Runs one attempt until it ends, its timeout passes or it is stopped; its slot is free only when it has returned.
  private func run(
    _ job: ClaimedJob,
    _ attempt: JobAttempt,
    until signals: AsyncStream<WorkerAttempts.StopReason>
  ) async {
    let outcome = await withTaskGroup(of: WorkerAttempts.Outcome?.self) { group in
      group.addTask { await self.outcome(of: job, attempt) }
      group.addTask {
        for await reason in signals { return reason == .handedBack ? .handedBack : nil }
        return nil
      }
      if let timeout = job.timeout {
        group.addTask {
          // Cancelled when the attempt has ended: then nobody looks at this answer.
          try? await Task.sleep(for: timeout)
          return .failed(JobError(.requestTimeout, "the attempt took longer than its timeout", param: "timeout"))
        }
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    if let outcome {
      state.withLock { $0.attempts.end(job.attemptID, outcome) }
    } else {
      state.withLock { $0.attempts.abandon(job.attemptID) }
      claimBell.ring()
    }
    writeBell.ring()
  }

  private func outcome(of job: ClaimedJob, _ attempt: JobAttempt) async -> WorkerAttempts.Outcome {
    do throws(JobError) {
      return switch try await runner.run(job, attempt: attempt) {
      case .succeeded(let output): .succeeded(output)
      case .interrupted: .handedBack
      }
    } catch {
      return .failed(error)
    }
  }
}
