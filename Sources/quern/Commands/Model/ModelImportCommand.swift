import ArgumentParser
import Executors
import Foundation
import JSON
import Jobs
import Launch
import Registry

struct ModelImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Check a model and store it in the database.",
    discussion: """
      Everything is checked first: configuration, every tensor, tokenizer. It is stored whole or not at all; the same \
      files at the same precision under the same name stay the same version.
      """
  )

  @Argument(help: ArgumentHelp("A Hugging Face directory or a GGUF file.", valueName: "dir|file"))
  var path: String

  @Option(help: "The name that jobs will use.")
  var name: String

  @Option(
    help: ArgumentHelp(
      "What jobs are computed with that name no precision: f32, bf16, q8 or q4. The files are stored as they are.",
      valueName: "name"
    )
  )
  var precision = WeightPrecision.float32

  @Flag(help: "Print {\"model\": \"name@version\"}.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let reference = try await database.withClient { client in
      let bar = ProgressBar("storing \(name)")
      defer { bar.clear() }
      return try await ModelImporter(ModelRegistry(client)).importModel(
        at: path,
        name: name,
        precision: precision
      ) { stored, total in
        bar.update(Double(stored) / Double(max(1, total)), "\(Quantities.bytes(stored)) of \(Quantities.bytes(total))")
      }
    }
    Console.writeLine(json ? JSONValue.object(["model": .string(reference)]).text : reference)
  }
}
