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

  /// - Parameter now: when the job was made: templates show the same day in every attempt.
  init(
    _ parameters: FinetuneParameters,
    rows: [JSONValue],
    evaluationRows: [JSONValue]?,
    directory: String,
    configuration: ModelConfiguration,
    now: Date
  ) throws {
    let tokenizer = try Tokenizer.load(checkpoint: directory)
    let examples = parameters.examples
    let maximum = min(examples.maximumLength ?? .max, configuration.maxPositionCount)
    let builder = try ExampleBuilder(
      tokenizer: tokenizer,
      templates: try ChatTemplates.load(directory: directory),
      options: ExampleOptions(
        maximumTokenCount: maximum,
        truncation: examples.packs && examples.packingStrategy != .bestFit ? .split : .keepStart,
        textColumn: examples.textColumn == "text" ? nil : examples.textColumn,
        completionOnlyLoss: examples.learnsCompletionsOnly,
        assistantOnlyLoss: examples.learnsAssistantOnly,
        eosIDs: configuration.eosTokenIDs,
        eosID: try Self.endToken(examples.endToken, tokenizer),
        vocabularySize: configuration.vocabularySize,
        now: now
      )
    )
    let objects = rows.compactMap(\.object)
    switch parameters.evaluation.rows {
    case .share(let share):
      let isEvaluation = try EvaluationSplit(.fraction(share), seed: parameters.seed).isEvaluation(objects)
      let sides = zip(objects, isEvaluation)
      train = try builder.trainingSet(rows: sides.filter { !$1 }.map(\.0))
      evaluation = try builder.trainingSet(rows: sides.filter(\.1).map(\.0))
    case .dataset, nil:
      train = try builder.trainingSet(rows: objects)
      evaluation = try evaluationRows.map { try builder.trainingSet(rows: $0.compactMap(\.object)) }
    }
    samples = train.examples.prefix(Self.sampleCount).enumerated().map { index, example in
      let preview = TokenPreview(example, tokenizer: tokenizer, tokenLimit: Self.sampleTokenCount)
      let counts: JSONValue = [
        "example": JSONValue(index), "tokens": JSONValue(example.tokens.count),
        "trainable_tokens": JSONValue(example.trainableCount),
      ]
      return JobNote("sample", data: counts, message: preview.markedText)
    }
    packs = examples.packs ? Packing.bestFitDecreasing(train.examples.map(\.tokens.count), capacity: maximum) : nil
  }

  private static let sampleCount = 3
  private static let sampleTokenCount = 200

  private static func endToken(_ text: String?, _ tokenizer: Tokenizer) throws(JobError) -> Int? {
    guard let text else { return nil }
    guard let id = tokenizer.id(of: text) else {
      throw JobError(.invalidValue, "eos_token is no token of this model; name one of its tokens", param: "eos_token")
    }
    return id
  }
}
