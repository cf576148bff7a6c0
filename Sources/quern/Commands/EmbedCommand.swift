import ArgumentParser
import JSON
import Jobs
import Launch

struct EmbedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Submit texts to be turned into vectors by a model.",
    discussion: "In SQL: SELECT quern.embed('MODEL', 'TEXT'). Defaults are those of quern.parameter."
  )

  @Argument(help: "The model: name@version, or a name for its newest version.")
  var model: String

  @Argument(help: "The texts; - reads one from standard input.")
  var input: [String]

  @Option(help: "What of the tokens' vectors is the text's: mean, cls or last. Without it the model's own way.")
  var pooling: String?

  @Flag(inversion: .prefixedNo, help: "Scale the vectors to length 1.")
  var normalize = true

  @Option(help: "Keep so many first dimensions.")
  var dimensions: Int?

  @Option(help: "How vectors are written: float or base64.")
  var encodingFormat: String?

  @Option(help: .weightPrecision)
  var precision: WeightPrecision?

  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Waiting") var waiting: WaitingOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    var parameters: JSONObject = [
      "model": .string(model), "input": .array(try input.map { .string(try Input.text($0)) }),
    ]
    parameters["pooling"] = pooling.map { .string($0) }
    if !normalize { parameters["normalize"] = false }
    parameters["dimensions"] = dimensions.map { JSONValue($0) }
    parameters["encoding_format"] = encodingFormat.map { .string($0) }
    parameters["precision"] = precision.map { .string($0.rawValue) }
    let embed = try submission.submission(kind: EmbedParameters.kind, parameters: .object(parameters))
    try await waiting.submit(embed, submission, to: database)
  }
}
