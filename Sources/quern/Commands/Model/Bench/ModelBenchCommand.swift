import ArgumentParser

struct ModelBenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast, and how well, this machine runs a model.",
    discussion: """
      `quern model bench DIR` measures speed; see `quern model bench speed --help` for its options. Run nothing else \
      on the machine meanwhile.
      """,
    subcommands: [
      BenchSpeedCommand.self, BenchScalingCommand.self, BenchSentencesCommand.self, BenchRequestsCommand.self,
      BenchQualityCommand.self, BenchTrainingCommand.self,
    ],
    defaultSubcommand: BenchSpeedCommand.self
  )
}
