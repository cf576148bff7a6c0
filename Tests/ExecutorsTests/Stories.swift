import Executors
import Foundation
import Models
import Tensors

/// The model of the demo.
enum Stories {
  static func load(
    threads: Int = 1,
    content: String = "weights",
    level: KernelLevel = .detected
  ) async throws -> LoadedModel {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try await LoadedModel.load(
      directory: repository.appending(path: "demo/stories260K").path(percentEncoded: false),
      content: content,
      pool: ThreadPool(threads: threads),
      level: level
    )
  }
}
