import Checkpoints
import Foundation
import JSON
import Jobs
import Models
import Queue
import Registry
import Tensors
import Tokenizers
import Training

/// Stores what a training made and words the job's result.
struct FinetuneOutput: Sendable {
  let job: ClaimedJob
  let parameters: FinetuneParameters
  let base: FinetuneBase
  let trainer: Trainer
  let data: FinetuneData

  private var isAdapter: Bool { parameters.lora != nil || base.adapter != nil }

  /// Registering twice, after a crash between it and the job's completion, finds the same version.
  func register(_ attempt: JobAttempt, metrics: JSONObject) async throws -> JobOutput {
    let scratch = try attempt.makeScratchDirectory()
    defer { withExtendedLifetime(scratch) {} }
    let directory = scratch.path + "/model"
    let trainer = trainer, metadata = metadata, baseModel = base.manifest.name
    let isAdapter = isAdapter, baseDirectory = base.directory
    try await onThread {
      try trainer.model.save(to: directory, baseModel: baseModel, metadata: metadata)
      if !isAdapter { try GGUFVocabulary.writeFiles(of: baseDirectory, to: directory) }
    }
    let made = try await attempt.register(try madeModel(in: directory))
    let reference = isAdapter ? "\(base.reference)+\(made)" : made
    let state = trainer.state
    let result = FinetuneResult(
      model: reference,
      base: base.reference,
      dataset: parameters.dataset,
      trainLoss: metrics["train_loss"]?.double,
      steps: state.globalStep,
      epochs: trainer.plan.epoch(afterStep: state.globalStep),
      tokens: state.tokensSeen,
      runtimeSeconds: metrics["train_runtime"]?.double ?? 0,
      metrics: numbers(metrics),
      logHistory: state.logHistory,
      bestStep: parameters.saving.loadsBestAtEnd ? state.best.step : nil
    )
    return JobOutput(result: try result.json, usage: ["total_tokens": JSONValue(state.tokensSeen)])
  }

  /// What PEFT and others show of the weights' file, and what later tells whether a base fits. It goes wherever the model
  /// goes, so it does not name the dataset.
  private var metadata: [String: String] {
    [
      "format": "pt",
      "quern.job_id": "\(job.id)",
      "quern.base": base.reference,
      "quern.base_sha256": base.manifest.weightsDigest,
    ]
  }

  private func madeModel(in directory: String) throws -> MadeModel {
    let files = try NewCheckpoint.File.all(in: directory)
    let name = parameters.name ?? "\(base.manifest.name)-\(job.id)"
    let lineage: JSONValue = [
      "base": .string(base.reference), "adapter": base.adapter.map { .string($0) } ?? .null,
      "dataset": .string(parameters.dataset), "job": JSONValue(Int(job.id.rawValue)),
      "parameters": .object(trainer.options.json), "metrics": .object(finalMetrics),
    ]
    if isAdapter {
      let config = try AdapterCheckpoint(directory: directory).configurationJSON
      let count = trainer.model.parameters.reduce(0) { $0 + $1.values.count }
      return MadeModel(
        name: name,
        base: base.reference,
        config: .object(config),
        files: files,
        detail: ["lineage": lineage, "parameters": JSONValue(count)]
      )
    }
    let description = try ModelDescription.validate(directory: directory)
    var detail = base.manifest.json["detail"]?.object ?? [:]
    detail["lineage"] = lineage
    detail["parameters"] = JSONValue(description.parameterCount)
    return MadeModel(
      name: name,
      base: nil,
      config: description.configurationJSON,
      files: files,
      detail: .object(detail)
    )
  }

  /// Of the last evaluation and the last log: they do not differ between attempts as times do.
  private var finalMetrics: JSONObject {
    var metrics: JSONObject = [:]
    for entry in trainer.state.logHistory {
      for name in ["loss", "eval_loss", "eval_perplexity", "eval_mean_token_accuracy"] {
        if let value = entry[name] { metrics[name] = value }
      }
    }
    return metrics
  }

  private func numbers(_ metrics: JSONObject) -> [String: Double] {
    var numbers: [String: Double] = [:]
    for (name, value) in finalMetrics { numbers[name] = value.double }
    for (name, value) in metrics { numbers[name] = value.double }
    return numbers
  }
}
