import Foundation
import JSON
import Models
import SharedTestData
import Testing
import Training

/// With transformers of `python3`, where it has them.
@Suite(
  .needsSharedData,
  .enabled(if: Python.hasTransformers, "python3 has no transformers: pip install torch transformers")
)
struct TransformersStateTests {
  @Test func `transformers reads the state of a checkpoint`() throws {
    let rows = try Fixture.rows()
    let options = try TrainingOptions(
      length: .steps(3),
      batches: BatchOptions(trainBatchSize: 4),
      logging: LoggingOptions(interval: .steps(1)),
      evaluation: EvaluationOptions(interval: .steps(3), best: BestModelOptions())
    )
    let trainer = try Trainer(model: Fixture.model(), options: options, train: rows, evaluation: rows)
    try trainer.run()
    let folder = try TemporaryDirectory()
    try trainer.save(to: folder.path + "/checkpoint-3")
    let script = """
      import json, sys
      from transformers import TrainerState
      s = TrainerState.load_from_json(sys.argv[1] + "/trainer_state.json")
      print(json.dumps([s.global_step, s.max_steps, s.epoch, s.best_global_step, s.best_model_checkpoint,
                        len(s.log_history), s.log_history[0]["loss"], s.num_train_epochs, s.train_batch_size]))
      """
    let output = try Python.output(["-c", script, folder.path + "/checkpoint-3"])
    let loss = try #require(trainer.state.logHistory[0]["loss"])
    let expected: JSONValue = [3, 3, 0.5, 3, "checkpoint-3", 4, loss, 1, 4]
    #expect(try JSONValue(parsing: output) == expected)
  }
}

private enum Python {
  static let hasTransformers = (try? output(["-c", "import transformers; print(1)"])) == "1"

  /// What `python3` prints; empty when it fails.
  static func output(_ arguments: [String]) throws -> String {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    return process.terminationStatus == 0 ? text.split(separator: "\n").joined() : ""
  }
}
