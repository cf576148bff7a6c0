import ArgumentParser
import JSON
import Launch
import Queue

struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Cancel unfinished jobs, running or not; final at once."
  )

  @OptionGroup var jobs: ControlledJobs

  func run() async throws { try await jobs.each { try await $0.cancel($1) } }
}

struct PauseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Pause unfinished jobs; a running one stores a checkpoint first and says running until then."
  )

  @OptionGroup var jobs: ControlledJobs

  func run() async throws { try await jobs.each { try await $0.pause($1) } }
}

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Let paused jobs go on from their checkpoints, or withdraw a pause that is still under way."
  )

  @OptionGroup var jobs: ControlledJobs

  func run() async throws { try await jobs.each { try await $0.resume($1) } }
}

struct RetryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract:
      "Put failed, cancelled or expired jobs back into their queue, with all attempts to come; they continue from their checkpoints."
  )

  @OptionGroup var jobs: ControlledJobs

  func run() async throws { try await jobs.each { try await $0.retry($1) } }
}

/// Jobs that a command changes one after the other; one that refuses does not spare the others.
struct ControlledJobs: ParsableArguments {
  @Argument(help: ArgumentHelp("The jobs.", valueName: "id"))
  var ids: [JobID]

  @Flag(help: "Print a line {\"id\", \"state\"} for each job.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  /// - Parameter change: returns the new state.
  func each(_ change: (JobQueue, JobID) async throws -> JobState) async throws {
    var failure: ExitStatus?
    try await database.withConnection { connection in
      for id in ids {
        do {
          Self.say(id, try await change(JobQueue(connection), id), asJSON: json)
        } catch let error as QueueError where error.refusal != nil {
          let report = FailureReport(error)
          report.deliver()
          failure = failure ?? report.status
        }
      }
    }
    if let failure { throw failure }
  }

  static func say(_ id: JobID, _ state: JobState, asJSON: Bool) {
    let line: JSONValue = ["id": .integer(id.rawValue), "state": .string(state.rawValue)]
    Console.writeLine(asJSON ? line.text : "\(id) \(state.rawValue)")
  }
}
