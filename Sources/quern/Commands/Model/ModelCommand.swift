import ArgumentParser

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Import, list, share and export models; run or measure one from a directory.",
    subcommands: [
      ModelImportCommand.self, ModelListCommand.self, ModelShowCommand.self, ModelShareCommand.self,
      ModelExportCommand.self,
      ModelLogitsCommand.self, ModelGenerateCommand.self, ModelBenchCommand.self,
    ]
  )
}
