import ArgumentParser
import JSON
import Launch
import Postgres
import Queue

/// Whether a submitting command waits for its job, and how it prints.
struct WaitingOptions: ParsableArguments {
  @Flag(help: "Wait for the job, print what it made, and exit by its outcome: 0, 3 failed, 4 cancelled, 5 expired.")
  var wait = false

  @Flag(help: "Print JSON: {\"id\": …}, or with --wait the whole response body.")
  var json = false

  func submit(_ submission: Submission, _ options: SubmissionOptions, to database: DatabaseOptions) async throws {
    if wait {
      let configuration = try database.address(applicationName: "quern").configuration
      let outcome = try await database.withClient { client in
        let id = try await Self.submit(submission, options, to: client)
        return try await WaitedJobs(client: client, configuration: configuration).outcome(of: id)
      }
      try outcome.deliver(asJSON: json)
    } else {
      let id = try await database.withConnection { try await Self.submit(submission, options, to: $0) }
      Console.writeLine(json ? JSONValue.object(["id": .integer(id.rawValue)]).text : "\(id)")
    }
  }

  private static func submit(
    _ submission: Submission,
    _ options: SubmissionOptions,
    to database: some QueueDatabase
  ) async throws -> JobID {
    var submission = submission
    submission.runAt = try await options.runAt(database)
    return try await JobQueue(database).submit(submission)
  }
}
