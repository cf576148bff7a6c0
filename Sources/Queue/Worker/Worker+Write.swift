import Logging
import Postgres
import Synchronization
import Telemetry

extension Worker {
  /// Stores how attempts ended until the drain is done; nothing is dropped before the database has it or refuses it.
  func writeOutcomes() async {
    while !Task.isCancelled, !state.withLock({ $0.drain.state == .done }) {
      let outcomes = state.withLock { $0.lease.mayWrite ? $0.attempts.outcomes : [] }
      let session = state.withLock { $0.session }
      if let session, !outcomes.isEmpty {
        do throws(QueueError) {
          try await write(outcomes, session)
        } catch {
          logger.warning(
            "results wait for the database",
            metadata: ["error": "\(error)", "count": "\(outcomes.count)"]
          )
          await writeBell.wait(atMost: .milliseconds(250))
        }
        continue
      }
      let actions = state.withLock { $0.drain.attemptEnded(attempts: $0.attempts.count) }
      if actions.isEmpty { await writeBell.wait(atMost: configuration.pollInterval) } else { perform(actions) }
    }
  }

  /// - Throws: only errors that pass; for others the attempt ends in another way.
  private func write(
    _ outcomes: [(attempt: AttemptID, outcome: WorkerAttempts.Outcome)],
    _ session: WorkerSession
  ) async throws(QueueError) {
    var completions: [JobCompletion] = []
    var handedBack: [AttemptID] = []
    for (attempt, outcome) in outcomes {
      switch outcome {
      case .succeeded(let output):
        completions.append(JobCompletion(attempt, result: output.result, usage: output.usage))
      case .failed(let error): try await fail(attempt, error, session)
      case .handedBack: handedBack.append(attempt)
      }
    }
    if !completions.isEmpty { try await complete(completions, session) }
    if !handedBack.isEmpty {
      // Of a job that is pausing the database makes a paused one, whatever the reason.
      let isDraining = state.withLock { !$0.drain.mayClaim }
      let taken = try await session.release(handedBack, reason: isDraining ? "drain" : "pause")
      settle(handedBack, taken: taken.count)
    }
  }

  /// One statement for all; one by one when a result is such that PostgreSQL cannot store it.
  private func complete(_ completions: [JobCompletion], _ session: WorkerSession) async throws(QueueError) {
    do throws(QueueError) {
      let taken = try await session.complete(completions)
      settle(completions.map(\.attempt), taken: taken.count)
    } catch {
      if error.isTransient { throw error }
      if completions.count == 1 {
        let reason = JobError(.internalError, "the result could not be stored: \(error.sqlState ?? "unknown error")")
        return try await fail(completions[0].attempt, reason, session)
      }
      for completion in completions { try await complete([completion], session) }
    }
  }

  private func fail(_ attempt: AttemptID, _ failure: JobError, _ session: WorkerSession) async throws(QueueError) {
    do throws(QueueError) {
      let state = try await session.fail(attempt, failure)
      settle([attempt], taken: state == nil ? 0 : 1)
    } catch {
      if error.isTransient { throw error }
      // The heartbeat stops naming the attempt: the database gives it to another worker after a lease.
      logger.error("an attempt's failure was refused", metadata: ["job": "\(attempt.job)", "error": "\(error)"])
      settle([attempt], taken: 0)
    }
  }

  private func settle(_ attempts: [AttemptID], taken: Int) {
    databaseProgress.advance()
    if taken < attempts.count {
      logger.notice("stale attempts were refused", metadata: ["count": "\(attempts.count - taken)"])
    }
    state.withLock { $0.attempts.forget(attempts) }
    claimBell.ring()
  }
}

extension QueueError {
  /// PostgreSQL's name for what happened; it holds no content.
  fileprivate var sqlState: String? {
    if case .database(.server(let report)) = self { report.sqlState } else { nil }
  }
}
