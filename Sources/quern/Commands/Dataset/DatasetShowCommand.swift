import ArgumentParser
import Datasets
import Executors
import Foundation
import JSON
import Launch
import Models
import Postgres
import Registry
import Tokenizers

struct DatasetShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show rows of a dataset, or with --tokens what a model would learn of them.",
    discussion: """
      --tokens prints the first rows as a model sees them, what is learned in double brackets ⟦so⟧, and then a report \
      on all rows: tokens, those learned, rows that are cut or left out.
      """
  )

  @Argument(help: "The dataset: name@version, or a name for its newest version.")
  var name: String

  @Option(help: "How many rows to show.")
  var rows = 3

  @Flag(help: "Show tokens with their loss mask; needs --model.")
  var tokens = false

  @Option(help: ArgumentHelp("A model of the database, or a directory with one.", valueName: "name|dir"))
  var model: String?

  @Option(help: ArgumentHelp("Tokens of a sequence at most, as in the job.", valueName: "n"))
  var maxLength = 1024

  @Flag(help: "Learn of conversations what the assistant says alone.")
  var assistantOnlyLoss = false

  @Flag(help: "Print JSON: an object for each row; with --tokens its tokens and labels.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    guard rows >= 0 else { throw ValidationError("--rows takes a number from 0") }
    if tokens, model == nil { throw ValidationError("--tokens needs --model: the tokens are a model's") }
  }

  func run() async throws {
    try await database.withClient { client in
      let registry = DatasetRegistry(client)
      guard tokens, let model else {
        for row in try await registry.rows(of: name, most: rows) { Console.writeLine(row.text) }
        return
      }
      let content = try await registry.rows(of: name)
      try show(content, try builder(try await directory(of: model, ModelRegistry(client))))
    }
  }

  private func directory(of model: String, _ registry: ModelRegistry) async throws -> String {
    if FileManager.default.fileExists(atPath: model) { return model }
    let blobs = Home(environment: ProcessInfo.processInfo.environment).blobs
    return try await registry.directory(of: try await registry.manifest(of: model), in: BlobCache(directory: blobs))
  }

  private func builder(_ directory: String) throws -> (ExampleBuilder, Tokenizer) {
    let tokenizer = try Tokenizer.load(checkpoint: directory)
    let configuration = try ModelDescription.validate(directory: directory).configuration
    let builder = try ExampleBuilder(
      tokenizer: tokenizer,
      templates: try ChatTemplates.load(checkpoint: directory, tokenizer: tokenizer),
      options: ExampleOptions(
        maximumTokenCount: min(maxLength, configuration.maxPositionCount),
        assistantOnlyLoss: assistantOnlyLoss,
        eosIDs: configuration.eosTokenIDs,
        vocabularySize: configuration.vocabularySize,
        now: Date.now
      )
    )
    return (builder, tokenizer)
  }

  private func show(_ content: [JSONValue], _ tools: (builder: ExampleBuilder, tokenizer: Tokenizer)) throws {
    let set = try tools.builder.trainingSet(rows: content.compactMap(\.object))
    for example in set.examples.prefix(rows) {
      if json {
        let line: JSONValue = [
          "tokens": .array(example.tokens.map { JSONValue(Int($0)) }),
          "labels": .array(example.labels.map { JSONValue(Int($0)) }),
        ]
        Console.writeLine(line.text)
      } else {
        Console.write(TokenPreview(example, tokenizer: tools.tokenizer).markedText.forTerminal + "\n\n")
      }
    }
    Console.writeLine(json ? set.report.json.text : words(set.report))
  }

  private func words(_ report: DatasetReport) -> String {
    """
    \(report.rowCount) rows of shape \(report.shape.rawValue): \(report.exampleCount) examples, \(report.tokenCount) tokens, \
    \(report.trainableTokenCount) of them learned; \(report.truncatedCount) rows cut, \(report.droppedCount) left out; \
    lengths \(report.lengths.median) (median) to \(report.lengths.maximum)
    """
  }
}
