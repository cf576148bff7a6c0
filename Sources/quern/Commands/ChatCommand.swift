import ArgumentParser
import JSON
import Jobs
import Launch

struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Submit a conversation to be answered by a model.",
    discussion: """
      In SQL: SELECT quern.chat('MODEL', '[{"role": "user", "content": "…"}]'). Defaults are those of quern.parameter.
      """
  )

  @Argument(help: "The model: name@version, or a name for its newest version.")
  var model: String

  @Argument(help: "What the user says; - reads standard input.")
  var message: String?

  @Option(help: ArgumentHelp("What the system says before.", valueName: "text"))
  var system: String?

  @Option(
    help: ArgumentHelp(
      "The whole conversation instead: [{\"role\": \"user\", \"content\": …}, …], @file or -.",
      valueName: "json"
    )
  )
  var messages: String?

  @OptionGroup(title: "Generation") var generation: GenerationOptions
  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Waiting") var waiting: WaitingOptions
  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard (message == nil) != (messages == nil) else { throw ValidationError("give either a message or --messages") }
    guard system == nil || messages == nil else {
      throw ValidationError("--messages has the whole conversation; put what the system says there")
    }
  }

  func run() async throws {
    var parameters: JSONObject = ["model": .string(model), "messages": try conversation()]
    for (name, value) in try generation.parameters() { parameters[name] = value }
    let chat = try submission.submission(kind: GenerateParameters.kind, parameters: .object(parameters))
    try await waiting.submit(chat, submission, to: database)
  }

  private func conversation() throws -> JSONValue {
    if let messages { return try Input.json(messages, option: "--messages") }
    let said = try [("system", system), ("user", message.map(Input.text))].compactMap { role, text in
      text.map { JSONValue.object(["role": .string(role), "content": .string($0)]) }
    }
    return .array(said)
  }
}
