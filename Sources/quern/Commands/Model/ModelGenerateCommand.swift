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

  @Argument(help: ArgumentHelp("A Hugging Face directory or a GGUF file.", valueName: "dir|file"))
  var directory: String

  @Option(help: ArgumentHelp("The text to continue; - reads standard input.", valueName: "text"))
  var prompt: String?

  @Option(help: ArgumentHelp("The prompt as token ids, such as \"1 2 3\".", valueName: "ids"))
  var tokens: String?

  @Option(
    help: ArgumentHelp("A conversation to answer: [{\"role\": …, \"content\": …}], @file or -.", valueName: "json")
  )
  var messages: String?

  @Option(help: ArgumentHelp("Parameters of the kind generate: {\"max_tokens\": 20}, @file or -.", valueName: "json"))
  var options = "{}"

  @Flag(help: "Print the response body.")
  var json = false

  @OptionGroup var precision: PrecisionArguments
  @OptionGroup var packedWeights: PackedWeightOptions
  @OptionGroup var engine: ModelRunOptions

  func validate() throws {
    guard [prompt, tokens, messages].count(where: { $0 != nil }) == 1 else {
      throw ValidationError("give one of --prompt or --tokens or --messages")
    }
  }

  func run() async throws {
    // From the files' headers: a wrong option is told before the weights are read.
    let parameters = try parameters(for: ModelDescription.validate(directory: directory).configuration)
    let folder = packedWeights.folder
    let model = try await LoadedModel.load(
      directory: directory,
      content: directory,
      precision: ModelPrecision(parameters.precision),
      packedWeights: folder?.store(),
      pool: engine.makePool(),
      level: engine.kernels
    )
    defer { model.engine.shutdown() }
    folder?.trim()
    let answers = try await model.generate(parameters)
    let body = model.body(of: answers, to: parameters, id: "cmpl-local", created: Date(), model: parameters.model)
    if json { return Console.writeLine(try body.json.canonicalText) }
    for choice in body.choices {
      Console.writeLine(Console.outputIsTerminal ? choice.answer.text.forTerminal : choice.answer.text)
    }
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
    precision.add(to: &members)
    if let messages { members["messages"] = try Input.json(messages, option: "--messages") }
    return try ParameterCheck<GenerateParameters>().accepted(.object(members))
  }
}
