import Postgres

/// The states of a job, as `quern.job_state` spells them.
package enum JobState: String, Sendable, Hashable, CaseIterable, PostgresCodable {
  /// Waits for other jobs.
  case blocked
  /// Its `run_at` lies ahead: submitted so, or a retry after a pause.
  case scheduled
  /// Any worker that offers its kind may claim it.
  case queued
  /// A worker holds an attempt under a lease.
  case running
  /// Not claimable until somebody resumes it.
  case paused
  case succeeded
  /// Its attempts are used up, or its error is permanent.
  case failed
  case cancelled
  /// It did not start within its ttl.
  case expired

  /// Final states change only by an explicit retry.
  package var isFinal: Bool {
    switch self {
    case .succeeded, .failed, .cancelled, .expired: true
    case .blocked, .scheduled, .queued, .running, .paused: false
    }
  }
}
