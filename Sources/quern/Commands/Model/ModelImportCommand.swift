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
    abstract: "Check a model or an adapter and store it in the database.",
    discussion: """
      Everything is checked first: configuration, every tensor, tokenizer. It is stored whole or not at all; the same \
      files at the same precision under the same name stay the same version.

      With --base the directory holds a LoRA adapter of that model as PEFT writes it. Jobs name it base+adapter, or by \
      its name alone.
      """
  )

  @Argument(help: ArgumentHelp("A Hugging Face directory, a GGUF file or a PEFT directory.", valueName: "dir|file"))
  var path: String

  @Option(help: "The name that jobs will use.")
  var name: String

  @Option(
    help: ArgumentHelp(
      "What jobs are computed with that name no precision: f32, bf16, q8 or q4. The files are stored as they are.",
      valueName: "name"
    )
  )
  var precision: WeightPrecision?

  @Option(help: ArgumentHelp("The model that an adapter belongs to: name@version, or a name.", valueName: "model"))
  var base: String?

  @Flag(help: "Print {\"model\": \"name@version\"}.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    if base != nil, precision != nil {
      throw ValidationError("an adapter has its base's precision; leave out --precision")
    }
  }

  func run() async throws {
    let reference = try await database.withClient { client in
      let bar = ProgressBar("storing \(name)")
      defer { bar.clear() }
      func show(_ stored: Int, of total: Int) {
        bar.update(Double(stored) / Double(max(1, total)), "\(Quantities.bytes(stored)) of \(Quantities.bytes(total))")
      }
      let registry = ModelRegistry(client)
      if let base {
        return try await AdapterImporter(registry).importAdapter(at: path, name: name, base: base, progress: show)
      }
      return try await ModelImporter(registry).importModel(
        at: path,
        name: name,
        precision: precision ?? .float32,
        progress: show
      )
    }
    Console.writeLine(json ? JSONValue.object(["model": .string(reference)]).text : reference)
  }
}
