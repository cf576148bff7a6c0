import Datasets
import Foundation
import JSON
import Models
import SharedTestData
import Tensors
import Training

enum Fixture {
  static func json(_ name: String) throws -> JSONValue {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name).json")
    return try JSONValue(parsing: [UInt8](Data(contentsOf: file)))
  }

  /// The rows of Fixtures/runs.json: 22, of 20 to 48 ids.
  static func rows() throws -> [TrainingExample] {
    try json("runs")["rows"]?.array.map { rows in
      rows.map { TrainingExample(tokens: ids($0["input_ids"]), labels: ids($0["labels"])) }
    } ?? []
  }

  private static func ids(_ value: JSONValue?) -> [Int32] {
    (value?.array ?? []).map { Int32($0.integer ?? 0) }
  }

  /// stories260K, to be trained with `lora` or as a whole.
  static func model(lora: LoRAOptions? = nil, threads: Int = 2, maximumRows: Int = 512) throws -> TrainableModel {
    try TrainableModel.load(
      directory: SharedData.path + "/models/stories260K",
      options: TrainableModelOptions(lora: lora, maximumRows: maximumRows),
      seed: 7,
      pool: ThreadPool(threads: threads)
    )
  }

  static let droppingAdapter = LoRAOptions(rank: 4, alpha: 8, dropout: 0.1, targets: .allLinear)

  /// All values that learn, to the bit.
  static func values(_ trainer: Trainer) -> [[UInt32]] {
    trainer.model.parameters.map { parameter in (0..<parameter.count).map { parameter.values[$0].bitPattern } }
  }
}

extension Trainer {
  /// Steps until the run has ended or `globalStep` has grown to `step`, with no evaluation under way.
  @discardableResult
  func run(untilStep step: Int = .max) throws -> [TrainingEvent] {
    var events: [TrainingEvent] = []
    while !isFinished, state.globalStep < step { events += try self.step() }
    return events
  }
}

/// A directory that goes with the value.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "quern-training-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
