import ArgumentParser
import Datasets
import Foundation
import JSON
import Launch
import Registry

struct DatasetImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Store the rows of a file as the next version of a dataset.",
    discussion: """
      JSONL, a JSON array, CSV with a header, or plain text. What the rows are shows in their columns: text; prompt and \
      completion; messages; instruction, input and output; conversations; or input_ids and labels. They are stored whole \
      or not at all. For rows in PostgreSQL there is quern.create_dataset.
      """
  )

  @Argument(help: ArgumentHelp("A .jsonl, .json, .csv or .txt file.", valueName: "file"))
  var path: String

  @Option(help: "The name that jobs will use.")
  var name: String

  @Option(
    help: ArgumentHelp("The format, where the file's name does not say: jsonl, json, csv or text.", valueName: "name")
  )
  var format: DatasetFormat?

  @Option(help: ArgumentHelp("What a row of a plain text is: paragraph, line or document.", valueName: "unit"))
  var textUnit = TextUnit.paragraph

  @Option(
    help: ArgumentHelp(
      "The column that names the person a row is about; kept beside the row, not learned.",
      valueName: "column"
    )
  )
  var subjectColumn: String?

  @Flag(help: "Print {\"dataset\", \"rows\", \"shape\"}.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  private static let batchSize = 1000

  func run() async throws {
    // Once through the file first: what is wrong with a row is said before anything is stored.
    let (count, shape) = try inspect()
    let bar = ProgressBar("storing \(name)")
    let reference = try await database.withClient { client in
      defer { bar.clear() }
      return try await DatasetRegistry(client).create(
        name,
        detail: ["source": "file", "shape": .string(shape.rawValue)]
      ) { store in
        var reader = try RowReader(path: path, format: format, textUnit: textUnit)
        var batch: [DatasetRegistry.Row] = []
        var stored = 0
        while let row = try reader.next() {
          batch.append(registryRow(row))
          guard batch.count == Self.batchSize else { continue }
          try await store(batch)
          stored += batch.count
          batch.removeAll(keepingCapacity: true)
          bar.update(Double(stored) / Double(count), "\(stored) of \(count) rows")
        }
        try await store(batch)
      }
    }
    if json {
      let facts: JSONValue = [
        "dataset": .string(reference), "rows": JSONValue(count), "shape": .string(shape.rawValue),
      ]
      Console.writeLine(facts.text)
    } else {
      Console.writeLine("\(reference): \(count) rows of shape \(shape.rawValue)")
    }
  }

  private func inspect() throws -> (count: Int, shape: DatasetShape) {
    var reader = try RowReader(path: path, format: format, textUnit: textUnit)
    var shape: DatasetShape?
    var count = 0
    while let row = try reader.next() {
      if let subjectColumn, row.members[subjectColumn] == nil {
        throw CommandFailure("\(row.place) has no column \(subjectColumn), which --subject-column names")
      }
      // A dataset that no shape fits may still have a column of texts, which a job names.
      if count == 0 { shape = try? DatasetShape(of: row) }
      count += 1
    }
    guard count > 0 else { throw DatasetError.noRows }
    return (count, shape ?? .text)
  }

  private func registryRow(_ row: DatasetRow) -> DatasetRegistry.Row {
    guard let subjectColumn else { return DatasetRegistry.Row(content: .object(row.members)) }
    var members = row.members
    let subject = members.removeValue(forKey: subjectColumn)
    return DatasetRegistry.Row(
      content: .object(members),
      subject: subject.flatMap { $0.isNull ? nil : $0.string ?? $0.text }
    )
  }
}

extension DatasetFormat: ExpressibleByArgument {}
extension TextUnit: ExpressibleByArgument {}
