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
    let base = try await FinetuneBase(
      job.model ?? parameters.model,
      adapter: parameters.adapter,
      models,
      blobs,
      attempt
    )
    let rows = FinetuneRows(datasets: datasets, attempt: attempt, threads: pool.threadCount)
    let data = try await FinetuneData(parameters, rows, directory: base.directory)
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
    if checkpoint == nil {
      try await tellStart(job, attempt, data, cost, memory)
      try await attempt.record(try BaseDropout(directory: base.directory).notes)
    }
    let trainer = try await makeTrainer(base, parameters, options, modelOptions, data, checkpoint)
    let storedSteps = try await attempt.storedSteps()
    var run = FinetuneRun(trainer, attempt, storedSteps: storedSteps, storedStep: checkpoint?.step)
    try await run.replay(try await attempt.adjustmentsSoFar())
    guard let metrics = try await run.finish() else { return .interrupted }
    let output = FinetuneOutput(job: job, parameters: parameters, base: base, trainer: trainer, data: data)
    // A drain lets what is trained arrive.
    return try await attempt.storing {
      if options.saving.loadsBestAtEnd { try await loadBest(trainer, attempt) }
      return .succeeded(try await output.register(attempt, metrics: metrics))
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

  private func makeTrainer(
    _ base: FinetuneBase,
    _ parameters: FinetuneParameters,
    _ options: TrainingOptions,
    _ modelOptions: TrainableModelOptions,
    _ data: FinetuneData,
    _ checkpoint: StoredCheckpoint?
  ) async throws -> Trainer {
    let level = try level(for: checkpoint)
    return try await onThread {
      try Trainer(
        model: try loadModel(base, modelOptions, parameters, level),
        options: options,
        train: data.train.examples,
        packs: data.packs,
        evaluation: data.evaluation?.examples,
        resumingFrom: checkpoint?.directory
      )
    }
  }

  /// A checkpoint goes on at the level that made it, or its bits would be others. Claims leave those of higher levels to
  /// other workers.
  private func level(for checkpoint: StoredCheckpoint?) throws(JobError) -> KernelLevel {
    guard let checkpoint else { return level }
    guard let stored = KernelLevel(rawValue: checkpoint.kernelLevel), stored <= level else {
      throw JobError(
        .internalError,
        "the checkpoint was made with the instruction set \(checkpoint.kernelLevel), but this worker computes with \(level.rawValue); another worker goes on with it"
      )
    }
    return stored
  }

  private func loadModel(
    _ base: FinetuneBase,
    _ options: TrainableModelOptions,
    _ parameters: FinetuneParameters,
    _ level: KernelLevel
  ) throws -> TrainableModel {
    try TrainableModel.load(
      directory: base.directory,
      adapter: base.adapterDirectory,
      options: options,
      seed: parameters.seed,
      pool: pool,
      level: level
    )
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
    try await onThread {
      let model = try loadModel(base, options, parameters, level)
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
