import ArgumentParser
import Executors
import Foundation
import Inference
import JSON
import Jobs
import Launch
import Models

struct ModelGenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continue a prompt with a model directory, without a database."
  )

  @Argument(help: ArgumentHelp("A Hugging Face directory.", valueName: "dir"))
  var directory: String

  @Option(help: ArgumentHelp("The text to continue; - reads standard input.", valueName: "text"))
  var prompt: String?

  @Option(help: ArgumentHelp("The prompt as token ids, such as \"1 2 3\".", valueName: "ids"))
  var tokens: String?

  @Option(help: ArgumentHelp("Parameters of the kind generate: {\"max_tokens\": 20}, @file or -.", valueName: "json"))
  var options = "{}"

  @Flag(help: "Print the response body.")
  var json = false

  @OptionGroup var engine: ModelRunOptions

  func validate() throws {
    if (prompt == nil) == (tokens == nil) { throw ValidationError("give either --prompt or --tokens") }
  }

  func run() async throws {
    let model = try await LoadedModel.load(
      directory: directory,
      content: directory,
      pool: engine.makePool(),
      level: engine.kernels
    )
    defer { model.engine.shutdown() }
    let parameters = try parameters(for: model.engine.configuration)
    let result = try await model.generate(parameters)
    let body = GenerateResult(
      result,
      id: "cmpl-local",
      created: Date(),
      model: parameters.model,
      fingerprint: model.fingerprint
    )
    Console.writeLine(
      json ? try body.json.canonicalText : Console.outputIsTerminal ? result.text.forTerminal : result.text
    )
  }

  private func parameters(for model: ModelConfiguration) throws -> GenerateParameters {
    guard var members = try Input.json(options, option: "--options").object else {
      throw CommandFailure.usage("--options must be a JSON object")
    }
    members["model"] = .string(URL(filePath: directory).standardizedFileURL.lastPathComponent)
    if let prompt { members["prompt"] = .string(try Input.text(prompt)) }
    if let tokens {
      members["prompt_tokens"] = .array(
        try TokenList.parse(try Input.text(tokens), for: model).map { JSONValue(Int($0)) }
      )
    }
    try ParameterCheck(kind: GenerateParameters.kind, descriptions: GenerateParameters.descriptions).check(members)
    do {
      return try GenerateParameters(json: .object(members))
    } catch {
      throw CommandFailure.usage("--options: \(error.path) does not have its type; see quern.parameter")
    }
  }
}
