package import JSON
package import Jobs

/// Runs claimed jobs; `Executors` has the one for language models.
///
/// Cancelling the task means that nothing of the attempt will be taken: stop at the next step.
package protocol JobRunner: Sendable {
  /// Kinds whose executors store checkpoints: asked to stop they store one and end as `interrupted`. Jobs of other kinds
  /// are cancelled when they are paused, and may finish while the worker drains.
  var checkpointingKinds: Set<JobKind> { get }

  func run(_ job: ClaimedJob, attempt: JobAttempt) async throws(JobError) -> JobEnding
}

extension JobRunner {
  package var checkpointingKinds: Set<JobKind> { [] }
}

/// How an attempt ends that does not fail.
package enum JobEnding: Sendable, Hashable {
  case succeeded(JobOutput)
  /// As `JobAttempt.interruption` asked: what is done is stored, the rest is for another attempt.
  case interrupted
}

/// What a job gives when it succeeds.
package struct JobOutput: Sendable, Hashable {
  package let result: JSONValue
  package let usage: JSONValue?

  package init(result: JSONValue, usage: JSONValue? = nil) {
    self.result = result
    self.usage = usage
  }
}
