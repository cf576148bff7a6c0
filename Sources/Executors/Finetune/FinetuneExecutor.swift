import Checkpoints
import Datasets
import Foundation
import JSON
import Jobs
import Models
import Queue
package import Registry
package import Tensors
import Training

/// Runs jobs of kind `finetune`.
package struct FinetuneExecutor: Sendable {
  private let models: ModelRegistry
  private let datasets: DatasetRegistry
  private let blobs: BlobCache
  private let pool: ThreadPool
  private let level: KernelLevel

  /// Tokens that go through a model together at most, unless one sequence has more. It decides where sums are rounded,
  /// so it depends on no machine.
  private static let largestPass = 4096

  package init(
    models: ModelRegistry,
    datasets: DatasetRegistry,
    blobs: BlobCache,
    pool: ThreadPool,
    level: KernelLevel
  ) {
    self.models = models
    self.datasets = datasets
    self.blobs = blobs
    self.pool = pool
    self.level = level
  }

  func run(_ job: ClaimedJob, attempt: JobAttempt) async throws -> JobEnding {
    let parameters = try ParameterCheck<FinetuneParameters>().accepted(job.parameters)
    let base = try await FinetuneBase(job.model ?? parameters.model, adapter: parameters.adapter, models, blobs)
    let data = try await load(parameters, attempt, base)
    let options = try parameters.trainingOptions()
    let cost = try TrainingCost(
      options: options,
      train: data.train.examples,
      packs: data.packs,
      evaluation: data.evaluation?.examples
    )
    let longest = max(data.train.report.lengths.maximum, data.evaluation?.report.lengths.maximum ?? 0)
    let modelOptions = parameters.modelOptions(
      continuesAdapter: base.adapter != nil,
      maximumRows: max(longest, min(cost.largestBatchTokens, Self.largestPass))
    )
    let memory = try TrainableModel.memory(
      directory: base.directory,
      adapter: base.adapterDirectory,
      options: modelOptions,
      pool: pool
    )
    if parameters.isDryRun {
      let speed = try await measureSpeed(base, modelOptions, parameters)
      return .succeeded(
        JobOutput(result: try estimate(parameters, base, data, cost, memory, tokensPerSecond: speed).json)
      )
    }
    let checkpoint = try await attempt.latestCheckpoint()
    // A run that goes on has said it.
    if checkpoint == nil { try await tellStart(job, attempt, data, cost, memory) }
    let trainer = try await makeTrainer(base, parameters, options, modelOptions, data, checkpoint)
    var run = FinetuneRun(trainer, attempt, storedStep: checkpoint?.step)
    try await run.replay(try await attempt.adjustmentsSoFar())
    guard let metrics = try await run.finish() else { return .interrupted }
    if options.saving.loadsBestAtEnd { try await loadBest(trainer, attempt) }
    let output = FinetuneOutput(job: job, parameters: parameters, base: base, trainer: trainer, data: data)
    return .succeeded(try await output.register(attempt, metrics: metrics))
  }

  private func load(
    _ parameters: FinetuneParameters,
    _ attempt: JobAttempt,
    _ base: FinetuneBase
  ) async throws -> FinetuneData {
    let rows = try await attempt.rows(of: parameters.dataset, from: datasets)
    var evaluationRows: [JSONValue]?
    if case .dataset(let name) = parameters.evaluation.rows {
      evaluationRows = try await attempt.rows(of: name, from: datasets)
    }
    let description = try ModelDescription.validate(directory: base.directory)
    let now = try await attempt.submissionTime()
    return try await onThread { [evaluationRows] in
      try FinetuneData(
        parameters,
        rows: rows,
        evaluationRows: evaluationRows,
        directory: base.directory,
        configuration: description.configuration,
        now: now
      )
    }
  }

  /// What the job is about to do, and what of its parameters does not do what it may look like.
  private func tellStart(
    _ job: ClaimedJob,
    _ attempt: JobAttempt,
    _ data: FinetuneData,
    _ cost: TrainingCost,
    _ memory: TrainingMemory
  ) async throws {
    let report = data.train.report
    let facts: JSONValue = [
      "rows": JSONValue(report.rowCount), "examples": JSONValue(report.exampleCount),
      "tokens": JSONValue(report.tokenCount),
      "trainable_tokens": JSONValue(report.trainableTokenCount), "truncated": JSONValue(report.truncatedCount),
      "dropped": JSONValue(report.droppedCount), "steps": JSONValue(cost.steps),
      "parameters": JSONValue(memory.trainableParameterCount), "peak_memory_bytes": JSONValue(memory.total),
    ]
    let remarks = FinetuneParameters.remarks(on: job.parameters).map { remark in
      JobNote("parameter_ignored", data: ["parameter": .string(remark.name)], message: remark.reason)
    }
    try await attempt.record([JobNote("dataset_report", data: facts)] + remarks + data.samples)
  }

  /// A checkpoint goes on at the level that made it, where this processor has it.
  private func makeTrainer(
    _ base: FinetuneBase,
    _ parameters: FinetuneParameters,
    _ options: TrainingOptions,
    _ modelOptions: TrainableModelOptions,
    _ data: FinetuneData,
    _ checkpoint: StoredCheckpoint?
  ) async throws -> Trainer {
    var level = level
    if let checkpoint, checkpoint.kernelLevel != level.rawValue {
      guard let stored = KernelLevel(rawValue: checkpoint.kernelLevel), KernelLevel.available.contains(stored) else {
        throw JobError(
          .internalError,
          "the checkpoint was made with the instruction set \(checkpoint.kernelLevel), which this worker's processor does not have; another worker goes on with it"
        )
      }
      level = stored
    }
    return try await onThread { [pool, level] in
      let model = try TrainableModel.load(
        directory: base.directory,
        adapter: base.adapterDirectory,
        options: modelOptions,
        seed: parameters.seed,
        pool: pool,
        level: level
      )
      return try Trainer(
        model: model,
        options: options,
        train: data.train.examples,
        packs: data.packs,
        evaluation: data.evaluation?.examples,
        resumingFrom: checkpoint?.directory
      )
    }
  }

  private func loadBest(_ trainer: Trainer, _ attempt: JobAttempt) async throws {
    guard let step = trainer.state.best.step, step != trainer.state.globalStep else { return }
    guard let best = try await attempt.checkpoint(atStep: step) else {
      throw JobError(.internalError, "the best checkpoint, of step \(step), is gone")
    }
    try await onThread { try trainer.loadParameters(from: best.directory) }
  }

  private func measureSpeed(
    _ base: FinetuneBase,
    _ options: TrainableModelOptions,
    _ parameters: FinetuneParameters
  ) async throws -> Double? {
    do {
      return try await speed(base, options, parameters)
    } catch TrainableModelError.checkpoint(let error) {
      // How long it takes cannot be measured where it does not fit; how much it needs is the answer.
      guard case .insufficientMemory = error.reason else { throw error }
      return nil
    }
  }

  private func speed(
    _ base: FinetuneBase,
    _ options: TrainableModelOptions,
    _ parameters: FinetuneParameters
  ) async throws -> Double {
    try await onThread { [pool, level] in
      let model = try TrainableModel.load(
        directory: base.directory,
        adapter: base.adapterDirectory,
        options: options,
        seed: parameters.seed,
        pool: pool,
        level: level
      )
      let length = min(options.maximumRows, model.configuration.maxPositionCount, 128)
      return StepBenchmark.run(model, batch: max(1, min(4, options.maximumRows / length)), length: length, steps: 3)
        .tokensPerSecond
    }
  }

  private func estimate(
    _ parameters: FinetuneParameters,
    _ base: FinetuneBase,
    _ data: FinetuneData,
    _ cost: TrainingCost,
    _ memory: TrainingMemory,
    tokensPerSecond: Double?
  ) -> FinetuneEstimate {
    FinetuneEstimate(
      base: base.reference,
      dataset: parameters.dataset,
      examples: data.train.report.exampleCount,
      truncatedExamples: data.train.report.truncatedCount,
      longestExample: data.train.report.lengths.maximum,
      tokens: cost.tokens,
      trainedTokens: cost.trainableTokens,
      steps: cost.steps,
      trainableParameters: memory.trainableParameterCount,
      peakMemoryBytes: memory.total,
      seconds: tokensPerSecond.map { cost.seconds(tokensPerSecond: $0) }
    )
  }
}

extension JobAttempt {
  fileprivate func rows(of dataset: String, from registry: DatasetRegistry) async throws -> [JSONValue] {
    try await registry.rows(of: dataset, worker: session.id.description, job: id.job.rawValue, attempt: id.attempt)
  }
}
