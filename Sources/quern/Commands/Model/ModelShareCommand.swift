import ArgumentParser
import JSON
import Launch
import Registry

struct ModelShareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "share",
    abstract: "Let every submitter see and use a model or an adapter of yours, or with --private nobody else.",
    discussion: """
      What a job makes is its submitter's alone until it is shared; what is imported is shared. An adapter is shared after \
      its base. Others may then name it in jobs, show and export it; of what it was made from they do not see the dataset.
      """
  )

  @Argument(help: "The model or adapter: name@version, or a name for all versions of it that are yours.")
  var name: String

  @Flag(name: .customLong("private"), help: "Take it back: jobs that others submitted with it still run.")
  var isPrivate = false

  @Flag(help: "Print {\"models\", \"visibility\"}.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let visibility: ModelVisibility = isPrivate ? .private : .shared
    let versions = try await database.withClient {
      try await ModelRegistry($0).setVisibility(of: name, to: visibility)
    }
    let line: JSONValue = [
      "models": .array(versions.map { .string($0) }), "visibility": .string(visibility.rawValue),
    ]
    Console.writeLine(
      json
        ? line.text
        : "\(versions.joined(separator: ", ")) \(versions.count == 1 ? "is" : "are") \(visibility.rawValue)"
    )
  }
}
