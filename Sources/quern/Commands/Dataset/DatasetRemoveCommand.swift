import ArgumentParser
import JSON
import Launch
import Registry

struct DatasetRemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Delete one version of a dataset with all its rows."
  )

  @Argument(help: "The dataset: name@version, or a name for its newest version.")
  var name: String

  @Flag(help: "Print {\"dataset\": \"name@version\"}.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let reference = try await database.withClient { try await DatasetRegistry($0).remove(name) }
    Console.writeLine(json ? JSONValue.object(["dataset": .string(reference)]).text : "\(reference) is deleted")
  }
}
