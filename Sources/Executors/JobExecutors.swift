import Checkpoints
import Datasets
import Inference
import JSON
package import Jobs
import Models
package import Queue
import Registry
import Tokenizers
import Training

/// The executors of a worker, by kind; words every error for the job that it ends.
package struct JobExecutors: JobRunner {
  private let generate: GenerateExecutor
  private let embed: EmbedExecutor
  private let score: ScoreExecutor
  private let finetune: FinetuneExecutor
  private let crashTrigger: String?

  /// - Parameter crashTrigger: a drill: a job with this prompt kills the process.
  package init(
    generate: GenerateExecutor,
    embed: EmbedExecutor,
    score: ScoreExecutor,
    finetune: FinetuneExecutor,
    crashTrigger: String? = nil
  ) {
    self.generate = generate
    self.embed = embed
    self.score = score
    self.finetune = finetune
    self.crashTrigger = crashTrigger
  }

  package let checkpointingKinds: Set<JobKind> = [.finetune]

  package func run(_ job: ClaimedJob, attempt: JobAttempt) async throws(JobError) -> JobEnding {
    do {
      if job.kind == .finetune { return try await finetune.run(job, attempt: attempt) }
      return .succeeded(try await output(of: job, attempt))
    } catch {
      throw JobError(error)
    }
  }

  private func output(of job: ClaimedJob, _ attempt: JobAttempt) async throws -> JobOutput {
    switch job.kind {
    case .generate:
      if let crashTrigger, job.parameters["prompt"]?.string == crashTrigger { crash() }
      return try await generate.run(job, attempt: attempt)
    case .embed: return try await embed.run(job, attempt: attempt)
    case .score: return try await score.run(job, attempt: attempt)
    case .sleep: return try await SleepExecutor().run(job)
    default:
      throw JobError(.unknownKind, "this worker has no executor for the kind \(job.kind); update it")
    }
  }
}

extension JobError {
  /// Errors of the engine say no content; what is not known here is told by its type alone.
  init(_ error: any Error) {
    switch error {
    case let error as JobError: self = error
    case let error as InferenceError:
      self.init(Code(rawValue: error.code) ?? .internalError, error.description, param: error.parameter)
    case let error as ParameterRefusal:
      self.init(Code(rawValue: error.code) ?? .invalidValue, error.message, param: error.param)
    case let error as JobBodyError: self.init(.invalidValue, error.description, param: error.path)
    case let error as TrainingError: self.init(error.jobCode, error.description, param: error.parameter)
    case let error as DatasetError:
      self.init(Code(rawValue: error.code) ?? .invalidValue, error.description, param: "dataset")
    case TrainableModelError.checkpoint(let error): self.init(error)
    case let error as TrainableModelError: self.init(.invalidValue, error.description)
    case let error as TemplateError: self.init(.invalidValue, "the model's chat template cannot be read: \(error)")
    case let error as TokenizerError: self.init(.unsafeFormat, error.description, param: "model")
    case let error as RegistryError: self.init(.internalError, error.description)
    case let error as CheckpointError: self.init(error.jobCode, error.description, param: "model")
    case let error as QueueError: self.init(.internalError, error.description)
    case is CancellationError: self.init(.cancelled, "the attempt was stopped")
    default: self.init(.internalError, "the worker failed with \(type(of: error))")
    }
  }
}

extension CheckpointError {
  /// Memory may be free at the next attempt, or on another host; a file stays as it is.
  fileprivate var jobCode: JobError.Code {
    if case .insufficientMemory = reason { .insufficientMemory } else { .unsafeFormat }
  }
}

extension TrainingError {
  fileprivate var jobCode: JobError.Code {
    if isRetryable { return .internalError }
    return JobError.Code(rawValue: code) ?? .invalidValue
  }
}
