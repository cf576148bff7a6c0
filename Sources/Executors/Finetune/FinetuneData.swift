import Datasets
import Foundation
import JSON
import Jobs
import Models
import Queue
import Registry
import Tokenizers

/// The rows of a fine-tune as sequences with labels.
struct FinetuneData: Sendable {
  let train: TrainingSet
  /// Which sequences of `train` share a row of the batch; nil: each is one.
  let packs: [[Int]]?
  let evaluation: TrainingSet?
  /// The first examples with what is learned marked, for the eye.
  let samples: [JobNote]

  init(_ parameters: FinetuneParameters, _ rows: FinetuneRows, directory: String) async throws {
    // When the job was made: templates show the same day in every attempt.
    let now = try await rows.attempt.submissionTime()
    let (builder, maximum) = try await onThread { try Self.builder(parameters, directory: directory, now: now) }
    switch parameters.evaluation.rows {
    case .share(let share):
      let split = try EvaluationSplit(.fraction(share), seed: parameters.seed)
      (train, evaluation) = try await rows.tokenized(parameters.dataset, by: builder, split: split).finish()
    case .dataset(let name):
      train = try await rows.tokenized(parameters.dataset, by: builder).finish().train
      evaluation = try await rows.tokenized(name, by: builder).finish().train
    case nil:
      train = try await rows.tokenized(parameters.dataset, by: builder).finish().train
      evaluation = nil
    }
    samples = train.examples.prefix(Self.sampleCount).enumerated().map { index, example in
      let preview = TokenPreview(example, tokenizer: builder.tokenizer, tokenLimit: Self.sampleTokenCount)
      let counts: JSONValue = [
        "example": JSONValue(index), "tokens": JSONValue(example.tokens.count),
        "trainable_tokens": JSONValue(example.trainableCount),
      ]
      return JobNote("sample", data: counts, message: preview.markedText)
    }
    packs =
      parameters.examples.packs
      ? Packing.bestFitDecreasing(train.examples.map(\.tokens.count), capacity: maximum) : nil
  }

  private static let sampleCount = 3
  private static let sampleTokenCount = 200

  /// - Returns: also the tokens that a row may have.
  private static func builder(
    _ parameters: FinetuneParameters,
    directory: String,
    now: Date
  ) throws -> (ExampleBuilder, maximumTokenCount: Int) {
    let configuration = try ModelDescription.validate(directory: directory).configuration
    let tokenizer = try Tokenizer.load(checkpoint: directory)
    let examples = parameters.examples
    let maximum = min(examples.maximumLength ?? .max, configuration.maxPositionCount)
    let builder = try ExampleBuilder(
      tokenizer: tokenizer,
      templates: try ChatTemplates.load(checkpoint: directory, tokenizer: tokenizer),
      options: ExampleOptions(
        maximumTokenCount: maximum,
        truncation: examples.packs && examples.packingStrategy != .bestFit ? .split : .keepStart,
        textColumn: examples.textColumn == "text" ? nil : examples.textColumn,
        completionOnlyLoss: examples.learnsCompletionsOnly,
        assistantOnlyLoss: examples.learnsAssistantOnly,
        eosIDs: configuration.eosTokenIDs,
        eosID: try endToken(examples.endToken, tokenizer),
        vocabularySize: configuration.vocabularySize,
        now: now
      )
    )
    return (builder, maximum)
  }

  private static func endToken(_ text: String?, _ tokenizer: Tokenizer) throws(JobError) -> Int? {
    guard let text else { return nil }
    guard let id = tokenizer.id(of: text) else {
      throw JobError(.invalidValue, "eos_token is no token of this model; name one of its tokens", param: "eos_token")
    }
    return id
  }
}
