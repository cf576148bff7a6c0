import ArgumentParser

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Import, list, show and remove the rows that models learn from.",
    subcommands: [
      DatasetImportCommand.self, DatasetListCommand.self, DatasetShowCommand.self, DatasetRemoveCommand.self,
    ]
  )
}
