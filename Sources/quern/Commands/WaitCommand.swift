import ArgumentParser
import JSON
import Launch
import Queue

struct WaitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until jobs are finished.",
    discussion: """
      One job: prints what it made. Several: a line for each as it finishes. The exit code is that of the gravest \
      outcome: failed (3), cancelled (4), expired or still unfinished after --timeout (5).
      """
  )

  @Argument(help: ArgumentHelp("The jobs.", valueName: "id"))
  var ids: [JobID]

  @Option(
    help: ArgumentHelp("Give up after this long: 500ms, 30s, 5min, 2h.", valueName: "duration"),
    transform: Duration.init(argument:)
  )
  var timeout: Duration?

  @Flag(help: "Print the response body; for several jobs a line {\"id\", \"state\", \"result\"} each.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let configuration = try database.address(applicationName: "quern").configuration
    let distinct = ids.reduce(into: [JobID]()) { if !$0.contains($1) { $0.append($1) } }
    let outcomes = try await database.withClient { client in
      do {
        let jobs = WaitedJobs(client: client, configuration: configuration)
        return try await jobs.outcomes(of: distinct, limit: timeout) { outcome in
          if distinct.count > 1 { list(outcome) }
        }
      } catch ExitStatus.timedOut {
        throw CommandFailure(
          "not finished within --timeout; wait again, or see `quern show \(ids[0])`",
          status: .timedOut
        )
      }
    }
    if distinct.count == 1 { return try outcomes[0].deliver(asJSON: json) }
    let states = Set(outcomes.map(\.state))
    if let gravest = [JobState.failed, .cancelled, .expired].first(where: states.contains) {
      throw gravest.exitStatus ?? ExitStatus.error
    }
  }

  private func list(_ outcome: JobOutcome) {
    if json {
      let line: JSONValue = [
        "id": .integer(outcome.id.rawValue), "state": .string(outcome.state.rawValue), "result": outcome.result,
      ]
      Console.writeLine(line.text)
    } else {
      Console.writeLine("\(outcome.id) \(outcome.state.rawValue)")
      if outcome.state != .succeeded { Console.complain(outcome.complaint) }
    }
  }
}
