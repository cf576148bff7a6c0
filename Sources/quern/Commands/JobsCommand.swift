import ArgumentParser
import Foundation
import JSON
import Jobs
import Launch
import Postgres
import Queue

struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "List jobs, the newest first.",
    discussion: "Yours; an operator sees those of all submitters, without their content."
  )

  @Option(help: "Only jobs in this state; more than once for several.")
  var state: [JobState] = []

  @Option(help: "Only jobs of this queue.")
  var queue: String?

  @Option(help: "Only jobs of this kind.")
  var kind: String?

  @Option(help: ArgumentHelp("Only jobs of this model.", valueName: "name@version"))
  var model: String?

  @Flag(help: "Only your own, for an operator.")
  var mine = false

  @Option(help: ArgumentHelp("Only jobs before this one: the next page.", valueName: "id"))
  var before: JobID?

  @Option(help: "At most so many.")
  var limit = 30

  @Flag(help: "Print a JSON array with everything about each job, content included.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1, not \(limit)") }
  }

  func run() async throws {
    let jobs = try await database.withConnection { connection in
      var filter = filter
      if mine { filter.submitter = try await connection.query("SELECT quern.caller()").onlyRow.decode(0) }
      return try await JobQueue(connection).jobs(filter)
    }
    if json {
      Console.writeArray(jobs.map(\.json.text))
    } else {
      list(jobs)
    }
  }

  private var filter: JobFilter {
    var filter = JobFilter()
    filter.states = state.isEmpty ? nil : state
    filter.queue = queue
    filter.kind = kind.map(JobKind.init(rawValue:))
    filter.model = model
    filter.before = before
    filter.limit = limit
    return filter
  }

  private func list(_ jobs: [JobRecord]) {
    if jobs.isEmpty {
      let isFiltered = !state.isEmpty || queue != nil || kind != nil || model != nil || mine || before != nil
      return Console.note(isFiltered ? "no such jobs" : "no jobs yet; submit one with `quern generate MODEL PROMPT`")
    }
    var table = Table(
      .init("ID", .right),
      .init("KIND"),
      .init("QUEUE"),
      .init("STATE"),
      .init("ATTEMPT", .right),
      .init("MODEL"),
      .init("AGE", .right),
      .init("TOOK", .right),
      .init("NOTE")
    )
    for job in jobs { append(job, to: &table) }
    Console.write(table.text(width: Console.columns))
    if jobs.count == limit, let last = jobs.last { Console.note("older ones: quern jobs --before \(last.id)") }
  }

  private func note(on job: JobRecord) -> String {
    let error = job.error?["message"] ?? job.error?["code"]
    return job.reason ?? error?.string ?? (job.state == .running ? job.worker : nil) ?? ""
  }

  private func append(_ job: JobRecord, to table: inout Table) {
    let progress = job.state == .running ? job.progress.map { " \(Int($0 * 100)) %" } ?? "" : ""
    let took = job.startedAt.map { (job.finishedAt ?? Date()).timeIntervalSince($0) }
    table.append(
      "\(job.id)",
      job.kind.rawValue,
      job.queue,
      job.state.rawValue + progress,
      "\(job.attempt)",
      job.model ?? "",
      Quantities.duration(seconds: Date().timeIntervalSince(job.createdAt)),
      took.map(Quantities.duration(seconds:)) ?? "",
      note(on: job)
    )
  }
}
