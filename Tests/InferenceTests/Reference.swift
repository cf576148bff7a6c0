import Foundation
import Inference
import JSON
import Models
import SharedTestData
import Synchronization
import Tensors
import Testing
import Tokenizers

/// The real models and what an independent float64 implementation computed with them.
enum Reference {
  static let directory = SharedData.path + "/models"

  static let kernels = Kernels(pool: ThreadPool(threads: 1), level: .detected)

  static func json(_ model: String) throws -> JSONValue {
    try SharedData.json("models/\(model)/reference.json")
  }

  static func engine(
    _ model: String = "stories260K",
    precision: ModelPrecision = ModelPrecision(),
    threads: Int = 2,
    options: EngineOptions = EngineOptions(),
    observe: (@Sendable (StepObservation) -> Void)? = nil
  ) throws -> InferenceEngine {
    try engine(
      directory: "\(directory)/\(model)",
      precision: precision,
      threads: threads,
      options: options,
      observe: observe
    )
  }

  static func engine(
    directory: String,
    precision: ModelPrecision = ModelPrecision(),
    threads: Int = 2,
    options: EngineOptions = EngineOptions(),
    observe: (@Sendable (StepObservation) -> Void)? = nil
  ) throws -> InferenceEngine {
    InferenceEngine(
      model: try CausalLanguageModel.load(
        directory: directory,
        precision: precision,
        pool: ThreadPool(threads: threads)
      ),
      tokenizer: try Tokenizer.load(directory: directory),
      options: options,
      observe: observe
    )
  }
}

extension JSONValue {
  var integers: [Int] { array?.compactMap(\.integer) ?? [] }
  var doubles: [Double] { array?.compactMap(\.double) ?? [] }
}

extension InferenceEngine {
  /// All requests at once; results in their order.
  func generateAll(_ requests: [GenerationRequest]) async throws -> [GenerationResult] {
    try await withThrowingTaskGroup(of: (Int, GenerationResult).self) { group in
      for (index, request) in requests.enumerated() {
        group.addTask { (index, try await self.generate(request)) }
      }
      var results = [GenerationResult?](repeating: nil, count: requests.count)
      for try await (index, result) in group { results[index] = result }
      return results.compactMap { $0 }
    }
  }
}

extension GenerationResult {
  /// What must not depend on anything but the request.
  var outcome: [String] { ["\(tokens)", text, finishReason.rawValue, "\(promptTokenCount)", "\(seed)"] }
}
