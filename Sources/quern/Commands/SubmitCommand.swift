import ArgumentParser
import JSON
import Launch

struct SubmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Submit a job of any kind and print its id.",
    discussion: """
      The parameters of each kind are rows of quern.parameter:
      quern psql -c "SELECT name, description FROM quern.parameter WHERE kind = 'generate'"
      """
  )

  @Argument(help: "The kind of job, such as generate, embed, score or sleep.")
  var kind: String

  @Option(
    help: ArgumentHelp("The parameters as a JSON object, @file, or - for standard input.", valueName: "json")
  )
  var parameters = "{}"

  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Waiting") var waiting: WaitingOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let parameters = try Input.json(parameters, option: "--parameters")
    try await waiting.submit(try submission.submission(kind: kind, parameters: parameters), submission, to: database)
  }
}
