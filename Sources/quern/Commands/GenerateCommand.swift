import ArgumentParser
import JSON
import Jobs
import Launch

struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Submit a text to be continued by a model.",
    discussion: "In SQL: SELECT quern.generate('MODEL', 'PROMPT'). Defaults are those of quern.parameter."
  )

  @Argument(help: "The model: name@version, or a name for its newest version.")
  var model: String

  @Argument(help: "The prompt; - reads standard input.")
  var prompt: String

  @OptionGroup(title: "Generation") var generation: GenerationOptions
  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Waiting") var waiting: WaitingOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    var parameters: JSONObject = ["model": .string(model), "prompt": .string(try Input.text(prompt))]
    for (name, value) in try generation.parameters() { parameters[name] = value }
    let generate = try submission.submission(kind: GenerateParameters.kind, parameters: .object(parameters))
    try await waiting.submit(generate, submission, to: database)
  }
}
