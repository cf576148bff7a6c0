import ArgumentParser
import JSON
import Launch
import Postgres
import Queue

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show everything about one job: state, attempts, input and output."
  )

  @Argument(help: "The job.")
  var id: JobID

  @Flag(help: "Print one JSON object: the columns of quern.jobs, and attempts.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    try await database.withConnection { connection in
      guard let job = try await JobQueue(connection).show(id) else {
        throw CommandFailure("you have no job \(id); `quern jobs` lists yours")
      }
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
