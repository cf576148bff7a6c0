import ArgumentParser
import Foundation
import JSON
import Jobs
import Postgres
import Queue

/// The arguments of `quern.submit` that every submitting command takes.
struct SubmissionOptions: ParsableArguments {
  @Option(help: "The queue.")
  var queue: String?

  @Option(help: "Higher runs first; 0 without it.")
  var priority: Int32?

  @Option(help: ArgumentHelp("Not before this time: '2026-12-01 08:00+01', or +10min from now.", valueName: "time"))
  var runAt: String?

  @Option(
    help: ArgumentHelp("How long it may wait before it expires: 30s, 15min, 2h.", valueName: "duration"),
    transform: Duration.init(argument:)
  )
  var ttl: Duration?

  @Option(
    help: ArgumentHelp("How long one attempt may run.", valueName: "duration"),
    transform: Duration.init(argument:)
  )
  var timeout: Duration?

  @Option(help: "How many attempts may fail.")
  var maxAttempts: Int32?

  @Option(help: ArgumentHelp("The same key and the same submission are the same job.", valueName: "key"))
  var idempotencyKey: String?

  @Option(help: "Your customer or user that the job is for.")
  var tenant: String?

  @Option(help: "The person that the content is about, as a pseudonym of yours.")
  var subject: String?

  @Option(
    help: ArgumentHelp(
      "A JSON object of yours that stays with the job, @file, or - for standard input.",
      valueName: "json"
    )
  )
  var metadata: String?

  func validate() throws {
    // Fails early; its value is asked for later.
    if let runAt, runAt.hasPrefix("+") { _ = try Duration(argument: String(runAt.dropFirst())) }
  }

  /// The database checks what this makes, and words the refusal.
  func submission(kind: String, parameters: JSONValue) throws -> Submission {
    var submission = Submission(kind: JobKind(rawValue: kind), parameters: parameters)
    submission.queue = queue
    submission.priority = priority
    submission.idempotencyKey = idempotencyKey
    submission.tenant = tenant
    submission.subject = subject
    submission.maxAttempts = maxAttempts
    submission.ttl = ttl
    submission.timeout = timeout
    submission.metadata = try metadata.map { try Input.json($0, option: "--metadata") }
    return submission
  }

  /// Times are the database's: it reads them, and from now means its now.
  func runAt(_ database: some QueueDatabase) async throws -> Date? {
    guard let runAt else { return nil }
    let query: PostgresQuery
    if runAt.hasPrefix("+") {
      query = "SELECT now() + \(try Duration(argument: String(runAt.dropFirst())))"
    } else {
      query = "SELECT \(runAt)::timestamptz"
    }
    do {
      return try await database.query(query, deadline: .seconds(10)).onlyRow.decode(0)
    } catch {
      // Class 22 is PostgreSQL's for what cannot be read as a value.
      guard error.sqlState?.hasPrefix("22") == true else { throw error }
      throw CommandFailure.usage("--run-at reads like '2026-12-01 08:00+01' or +10min, unlike '\(runAt)'")
    }
  }
}
