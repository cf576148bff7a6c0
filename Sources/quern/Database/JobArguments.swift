import ArgumentParser
import Launch
import Queue

extension JobID: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

extension JobState: ExpressibleByArgument {}

extension JobState {
  /// How a command ends that waited for such a job; nil while it is unfinished.
  var exitStatus: ExitStatus? {
    switch self {
    case .blocked, .scheduled, .queued, .running, .paused: nil
    case .succeeded: .done
    case .failed: .jobFailed
    case .cancelled: .jobCancelled
    case .expired: .timedOut
    }
  }
}
