import ArgumentParser
import JSON
import Jobs
import Launch
import Postgres
import Queue

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show everything about one job: state, attempts, input and output.",
    discussion: """
      --tensorboard writes what a fine-tune logged into DIR/job-ID, from the job's events, on any machine: look at it with \
      `tensorboard --logdir DIR`.
      """
  )

  @Argument(help: "The job.")
  var id: JobID

  @Flag(help: "Print one JSON object: the columns of quern.jobs, and attempts.")
  var json = false

  @Flag(help: "Draw the loss of a fine-tune, and of its evaluations.")
  var plot = false

  @Option(help: ArgumentHelp("Write TensorBoard event files of a fine-tune there.", valueName: "dir"))
  var tensorboard: String?

  @Flag(name: .shortAndLong, help: "With --tensorboard: go on with what is logged, until the job is finished.")
  var follow = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if follow, tensorboard == nil { throw ValidationError("--follow belongs to --tensorboard DIR") }
    if json, plot || tensorboard != nil { throw ValidationError("--json shows the job; leave it or the other away") }
  }

  func run() async throws {
    if let tensorboard {
      try await export(into: tensorboard)
    } else if plot {
      try await drawPlot()
    } else {
      try await showSheet()
    }
  }

  private func showSheet() async throws {
    try await database.withConnection { connection in
      let job = try await job(connection)
      let attempts = try await attempts(connection)
      if json {
        var members = job.json.object ?? [:]
        members["attempts"] = .array(attempts)
        Console.writeLine(JSONValue.object(members).text)
      } else {
        Console.write(JobSheet(job: job, attempts: attempts).text)
      }
    }
  }

  private func job(_ database: some QueueDatabase) async throws -> JobRecord {
    guard let job = try await JobQueue(database).show(id) else {
      throw CommandFailure("you have no job \(id); `quern jobs` lists yours")
    }
    return job
  }

  private func attempts(_ connection: PostgresConnection) async throws -> [JSONValue] {
    let rows = try await connection.query(
      """
      SELECT to_json(a)::text
      FROM quern.attempts AS a
      WHERE a.job = \(id)
      ORDER BY a.attempt
      """
    )
    return try rows.map { try JSONValue(parsing: try $0.decode(0, as: String.self)) }
  }
}

extension ShowCommand {
  private static let pause = Duration.seconds(1)

  private func drawPlot() async throws {
    try await database.withConnection { connection in
      _ = try await job(connection)
      var events = TrainingEvents(job: id)
      _ = try await events.read(connection)
      guard let plot = TrainingPlot(events.history, width: Console.columns).text else { throw nothingLogged }
      Console.write(plot)
    }
  }

  private func export(into directory: String) async throws {
    try await database.withClient { client in
      var state = try await job(client).state
      var events = TrainingEvents(job: id)
      var export = TensorBoardExport(of: try await job(client), into: directory)
      while true {
        try export.write(try await events.read(client))
        if !follow || state.isFinal { break }
        try await Task.sleep(for: Self.pause)
        // The state before the events: what is logged last is read once more after the end.
        state = try await job(client).state
      }
      if events.history.entries.isEmpty { throw nothingLogged }
      Console.writeLine(export.directory)
    }
  }

  private var nothingLogged: CommandFailure {
    CommandFailure("job \(id) has logged no loss yet; a fine-tune does every logging_steps, 10 if left out")
  }
}
