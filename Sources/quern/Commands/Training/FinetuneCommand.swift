import ArgumentParser
import JSON
import Jobs
import Launch

struct FinetuneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Submit a model to be trained on a dataset, or a LoRA adapter for it.",
    discussion: """
      Parameters are those of transformers' TrainingArguments, PEFT's LoraConfig and TRL's SFTConfig:

        quern finetune gpt2 poems --set r=8 --set learning_rate=1e-4 --set num_train_epochs=3 --wait

      In SQL: SELECT quern.finetune('gpt2', 'poems', '{"r": 8}'). All of them are rows of quern.parameter. Watch a run \
      with `quern show ID --plot`, and change it with `quern adjust`.
      """
  )

  @Argument(help: "The model: name@version, or a name for its newest version.")
  var model: String

  @Argument(help: "The dataset: name@version, or a name for its newest version.")
  var dataset: String

  @Option(help: ArgumentHelp("A parameter; a value that is no JSON is a text. Repeatable.", valueName: "name=value"))
  var set: [ParameterAssignment] = []

  @Option(help: ArgumentHelp("Parameters as a JSON object, @file, or - for standard input.", valueName: "json"))
  var parameters: String?

  @Flag(help: "Say what the run would cost instead: tokens, steps, peak memory, seconds.")
  var dryRun = false

  @OptionGroup(title: "Submission") var submission: SubmissionOptions
  @OptionGroup(title: "Waiting") var waiting: WaitingOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let finetune = try submission.submission(kind: FinetuneParameters.kind, parameters: .object(try members()))
    try await waiting.submit(finetune, submission, to: database)
  }

  private func members() throws -> JSONObject {
    var members = JSONObject()
    if let parameters {
      guard let object = try Input.json(parameters, option: "--parameters").object else {
        throw CommandFailure.usage("--parameters must be a JSON object")
      }
      members = object
    }
    for assignment in set { members[assignment.name] = assignment.value }
    if dryRun { members["dry_run"] = true }
    members["model"] = .string(model)
    members["dataset"] = .string(dataset)
    return members
  }
}

/// `name=value` on the command line.
struct ParameterAssignment: ExpressibleByArgument, Sendable {
  let name: String
  /// What the text is as JSON, or else the text itself: `1e-4` is a number, `cosine` needs no quotation marks.
  let value: JSONValue

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
    name = String(argument[..<equals])
    let text = String(argument[argument.index(after: equals)...])
    do throws(JSONError) { value = try JSONValue(parsing: text) } catch { value = .string(text) }
  }
}
