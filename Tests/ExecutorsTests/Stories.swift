import Executors
import Foundation
import Inference
import Models
import Tensors

/// The model of the demo.
enum Stories {
  static func load(
    threads: Int = 1,
    content: String = "weights",
    precision: ModelPrecision = ModelPrecision(),
    level: KernelLevel = .detected,
    observe: (@Sendable (StepObservation) -> Void)? = nil
  ) async throws -> LoadedModel {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try await LoadedModel.load(
      directory: repository.appending(path: "demo/stories260K").path(percentEncoded: false),
      content: content,
      precision: precision,
      pool: ThreadPool(threads: threads),
      level: level,
      observe: observe
    )
  }
}
