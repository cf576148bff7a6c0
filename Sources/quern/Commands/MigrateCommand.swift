import ArgumentParser
import JSON
import Launch
import Postgres

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Bring the database to the version of this program.",
    discussion:
      "Needs the rights of the schema's owner. Several at once do no harm; a failed migration leaves nothing behind."
  )

  @Option(help: ArgumentHelp("Where the migrations are, if not beside the program.", valueName: "dir"))
  var migrations: String?

  @Flag(help: "Only say what is missing; exit 1 when something is.")
  var check = false

  @Flag(help: "Print a JSON object with the names.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let migrator = try MigrationDirectory.find(migrations).migrator()
    try await database.withConnection { connection in
      let names = check ? try await migrator.pending(connection) : try await migrator.migrate(connection)
      if json {
        let line: JSONValue = [check ? "pending" : "applied": .array(names.map { .string($0) })]
        Console.writeLine(line.text)
      } else {
        Console.writeLine(
          names.isEmpty
            ? "the database is up to date"
            : names.map { "\(check ? "missing" : "applied") \($0)" }.joined(separator: "\n")
        )
      }
      if check, !names.isEmpty { throw ExitStatus.error }
    }
  }
}
