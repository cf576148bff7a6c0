/// What a job does; the name under which `quern.kind`, workers and metrics know it.
package struct JobKind: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package var description: String { rawValue }

  package static let generate = JobKind(rawValue: GenerateParameters.kind)
  package static let embed = JobKind(rawValue: EmbedParameters.kind)
  package static let score = JobKind(rawValue: ScoreParameters.kind)
  package static let finetune = JobKind(rawValue: FinetuneParameters.kind)
  package static let sleep = JobKind(rawValue: SleepParameters.kind)

  /// The kinds that this program knows.
  package static let known: [JobKind] = [.generate, .embed, .score, .finetune, .sleep]
}
