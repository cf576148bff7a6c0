import Checkpoints
import Inference
import JSON
import Jobs
package import Queue
import Tokenizers

/// The executors of a worker, by kind; words every error for the job that it ends.
package struct JobExecutors: JobRunner {
  private let generate: GenerateExecutor
  private let embed: EmbedExecutor
  private let score: ScoreExecutor
  private let crashTrigger: String?

  /// - Parameter crashTrigger: a drill: a job with this prompt kills the process.
  package init(
    generate: GenerateExecutor,
    embed: EmbedExecutor,
    score: ScoreExecutor,
    crashTrigger: String? = nil
  ) {
    self.generate = generate
    self.embed = embed
    self.score = score
    self.crashTrigger = crashTrigger
  }

  package func run(_ job: ClaimedJob, progress: JobProgress) async throws(JobError) -> JobOutput {
    do {
      switch job.kind {
      case .generate:
        if let crashTrigger, job.parameters["prompt"]?.string == crashTrigger { crash() }
        return try await generate.run(job, progress: progress)
      case .embed: return try await embed.run(job, progress: progress)
      case .score: return try await score.run(job, progress: progress)
      case .sleep: return try await SleepExecutor().run(job)
      default:
        throw JobError(.unknownKind, "this worker has no executor for the kind \(job.kind); update it")
      }
    } catch {
      throw JobError(error)
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
