import ArgumentParser
import Launch

/// The root command.
struct Quern: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quern",
    abstract: "A job queue for language models that lives in PostgreSQL.",
    discussion: """
      Begin with `quern up` in one terminal; then, in another, import a model and generate:

        quern model import DIR --name NAME
        quern generate NAME "Once upon a time" --wait

      Exit codes: 0 done, 1 error, 2 usage or configuration, 3 job failed, 4 job cancelled, 5 timed out or expired.
      """,
    version: "quern \(Version.current)",
    groupedSubcommands: [
      CommandGroup(name: "Run", subcommands: [UpCommand.self, MigrateCommand.self, PsqlCommand.self]),
      CommandGroup(
        name: "Jobs",
        subcommands: [
          SubmitCommand.self, GenerateCommand.self, ChatCommand.self, EmbedCommand.self, FinetuneCommand.self,
          JobsCommand.self, ShowCommand.self, WaitCommand.self, CancelCommand.self, PauseCommand.self,
          ResumeCommand.self, RetryCommand.self, AdjustCommand.self, LogsCommand.self,
        ]
      ),
      CommandGroup(
        name: "Models, data and text",
        subcommands: [ModelCommand.self, DatasetCommand.self, TokenizeCommand.self, RedactCommand.self]
      ),
    ]
  )
}
