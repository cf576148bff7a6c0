import ArgumentParser
import JSON
import Launch
import Queue

struct AdjustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adjust",
    abstract: "Change parameters of an unfinished job, in force from its next step on.",
    discussion:
      "For example: quern adjust 42 learning_rate=1e-4. SELECT name FROM quern.parameter WHERE adjustable lists them."
  )

  @Argument(help: "The job.")
  var id: JobID

  @Argument(help: ArgumentHelp("Parameters and their new values: JSON, or a plain text.", valueName: "key=value"))
  var changes: [ParameterChange]

  @Flag(help: "Print {\"id\", \"state\"}.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    let names = changes.map(\.name)
    if let repeated = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw ValidationError("\(repeated) is given twice; give it once")
    }
  }

  func run() async throws {
    let values = JSONObject(uniqueKeysWithValues: changes.map { ($0.name, $0.value) })
    try await database.withConnection { connection in
      let state = try await JobQueue(connection).adjust(id, .object(values))
      ControlledJobs.say(id, state, asJSON: json)
    }
  }
}

/// `learning_rate=1e-4`.
struct ParameterChange: ExpressibleByArgument {
  let name: String
  let value: JSONValue

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    name = String(parts[0])
    // What is no JSON is meant as it stands: `lr_scheduler_type=cosine`.
    value = (try? JSONValue(parsing: String(parts[1]))) ?? .string(String(parts[1]))
  }
}
