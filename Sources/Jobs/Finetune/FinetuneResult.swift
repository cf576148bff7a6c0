package import JSON

/// What a fine-tune made, as `quern.result` returns it.
package struct FinetuneResult: Codable, Sendable, Hashable {
  package private(set) var object = "finetune"
  /// The registered model or adapter: `name@version`, or `base+name@version` where it needs its base.
  package var model: String
  package var base: String
  package var dataset: String
  /// Mean over all steps; nil where none had a loss.
  package var trainLoss: Double?
  /// Optimiser steps.
  package var steps: Int
  package var epochs: Double
  /// Tokens that went through the model in training, of all attempts that count.
  package var tokens: Int
  /// Of the attempt that ended it.
  package var runtimeSeconds: Double
  /// By transformers' names: train_loss, train_runtime, train_samples_per_second, eval_loss …
  package var metrics: [String: Double]
  /// As in trainer_state.json: an object for each log and each evaluation.
  package var logHistory: [JSONValue]
  /// The step whose weights are the result, if not the last.
  package var bestStep: Int?

  package init(
    model: String,
    base: String,
    dataset: String,
    trainLoss: Double?,
    steps: Int,
    epochs: Double,
    tokens: Int,
    runtimeSeconds: Double,
    metrics: [String: Double] = [:],
    logHistory: [JSONValue] = [],
    bestStep: Int? = nil
  ) {
    self.model = model
    self.base = base
    self.dataset = dataset
    self.trainLoss = trainLoss
    self.steps = steps
    self.epochs = epochs
    self.tokens = tokens
    self.runtimeSeconds = runtimeSeconds
    self.metrics = metrics
    self.logHistory = logHistory
    self.bestStep = bestStep
  }

  private enum CodingKeys: String, CodingKey {
    case object, model, base, dataset, steps, epochs, tokens, metrics
    case trainLoss = "train_loss"
    case runtimeSeconds = "train_runtime"
    case logHistory = "log_history"
    case bestStep = "best_step"
  }

  package var json: JSONValue {
    get throws(JobBodyError) { try JobBody.encode(self, kind: FinetuneParameters.kind) }
  }
}

/// What a run would cost: the result of `dry_run`.
package struct FinetuneEstimate: Codable, Sendable, Hashable {
  package private(set) var object = "finetune.estimate"
  package var base: String
  package var dataset: String
  /// Rows to train on.
  package var examples: Int
  /// Of those, cut at max_length.
  package var truncatedExamples: Int
  /// Tokens of the longest.
  package var longestExample: Int
  /// Tokens that go through the model in the whole run.
  package var tokens: Int
  /// Of those, tokens that the loss counts.
  package var trainedTokens: Int
  package var steps: Int
  /// Weights that learn.
  package var trainableParameters: Int
  package var peakMemoryBytes: Int
  /// nil where the run does not fit into the worker's memory.
  package var seconds: Double?

  package init(
    base: String,
    dataset: String,
    examples: Int,
    truncatedExamples: Int,
    longestExample: Int,
    tokens: Int,
    trainedTokens: Int,
    steps: Int,
    trainableParameters: Int,
    peakMemoryBytes: Int,
    seconds: Double?
  ) {
    self.base = base
    self.dataset = dataset
    self.examples = examples
    self.truncatedExamples = truncatedExamples
    self.longestExample = longestExample
    self.tokens = tokens
    self.trainedTokens = trainedTokens
    self.steps = steps
    self.trainableParameters = trainableParameters
    self.peakMemoryBytes = peakMemoryBytes
    self.seconds = seconds
  }

  private enum CodingKeys: String, CodingKey {
    case object, base, dataset, examples, tokens, steps, seconds
    case truncatedExamples = "truncated_examples"
    case longestExample = "longest_example"
    case trainedTokens = "trained_tokens"
    case trainableParameters = "trainable_parameters"
    case peakMemoryBytes = "peak_memory_bytes"
  }

  package var json: JSONValue {
    get throws(JobBodyError) { try JobBody.encode(self, kind: FinetuneParameters.kind) }
  }
}
