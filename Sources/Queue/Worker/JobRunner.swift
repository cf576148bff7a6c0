package import JSON
import Synchronization

/// Runs claimed jobs; `Executors` has the one for language models.
///
/// Cancelling the task means that nothing of the attempt will be taken: stop at the next step.
package protocol JobRunner: Sendable {
  func run(_ job: ClaimedJob, progress: JobProgress) async throws(JobError) -> JobOutput
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

/// How far an attempt is, from 0 to 1; told with every heartbeat.
package final class JobProgress: Sendable {
  private let bits = Atomic<UInt32>(Float(0).bitPattern)

  package init() {}

  package var fraction: Float {
    get { Float(bitPattern: bits.load(ordering: .relaxed)) }
    set { bits.store(newValue.bitPattern, ordering: .relaxed) }
  }
}
