import Checkpoints
import Datasets
import Foundation
import JSON
import Models
import SharedTestData
import Tensors
import Testing
import Training

@Suite(.needsSharedData)
struct CheckpointTests {
  private static func options(learningRate: Double = 1e-3) throws -> TrainingOptions {
    try TrainingOptions(
      length: .steps(4),
      batches: BatchOptions(trainBatchSize: 2),
      optimizer: OptimizerOptions(learningRate: learningRate)
    )
  }

  private static func checkpoint(in folder: TemporaryDirectory) throws -> String {
    let trainer = try Trainer(
      model: Fixture.model(lora: LoRAOptions(targets: .allLinear)),
      options: options(),
      train: Fixture.rows()
    )
    try trainer.run(untilStep: 2)
    let path = folder.path + "/checkpoint-2"
    try trainer.save(to: path)
    return path
  }

  private static func resume(
    _ path: String,
    model: TrainableModel? = nil,
    options: TrainingOptions? = nil,
    rows: [TrainingExample]? = nil
  ) throws -> Trainer {
    try Trainer(
      model: model ?? Fixture.model(lora: LoRAOptions(targets: .allLinear)),
      options: options ?? Self.options(),
      train: rows ?? Fixture.rows(),
      resumingFrom: path
    )
  }

  @Test func `a checkpoint has the files that tools read, and nothing else is left`() throws {
    let folder = try TemporaryDirectory()
    let path = try Self.checkpoint(in: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(
      Set(names).isSuperset(of: [
        "adapter_model.safetensors", "adapter_config.json", "optimizer.safetensors", "trainer_state.json",
      ])
    )
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["checkpoint-2"])
    let state = try JSONValue(parsing: [UInt8](Data(contentsOf: URL(filePath: path + "/trainer_state.json"))))
    #expect(state["global_step"] == 2)
    #expect(state["max_steps"] == 4)
    #expect(state["epoch"]?.double == 2.0 / 11)
    #expect(state["stateful_callbacks"]?["sampler"]?["position"] == 4)
  }

  @Test func `a checkpoint of another run is refused by what differs`() throws {
    let folder = try TemporaryDirectory()
    let path = try Self.checkpoint(in: folder)
    let refusals: [(String, () throws -> Trainer)] = [
      ("learning_rate", { try Self.resume(path, options: Self.options(learningRate: 2e-3)) }),
      ("data", { try Self.resume(path, rows: Fixture.rows().reversed()) }),
      (
        "maximum_rows",
        { try Self.resume(path, model: Fixture.model(lora: LoRAOptions(targets: .allLinear), maximumRows: 300)) }
      ),
      (
        "trained parameters",
        { try Self.resume(path, model: Fixture.model(lora: LoRAOptions(targets: .names(["q_proj"])))) }
      ),
      (
        "the parameter",
        { try Self.resume(path, model: Fixture.model(lora: LoRAOptions(rank: 2, targets: .allLinear))) }
      ),
    ]
    for (what, resume) in refusals {
      #expect {
        _ = try resume()
      } throws: { error in
        guard case .differentRun(let difference, _, _) = error as? TrainingError else { return false }
        return difference == what || (what == "trained parameters" && difference == "the parameter")
      }
    }
  }

  @Test func `other kernels and another precision are refused`() throws {
    let folder = try TemporaryDirectory()
    let path = try Self.checkpoint(in: folder)
    let model = SharedData.path + "/models/stories260K"
    for (level, precision, what) in [
      (KernelLevel.portable, Precision.float32, "kernels"), (.detected, .bfloat16, "precision"),
    ] where level != .detected || precision != .float32 {
      let options = TrainableModelOptions(
        precision: precision,
        lora: LoRAOptions(targets: .allLinear),
        maximumRows: 512
      )
      let other = try TrainableModel.load(
        directory: model,
        options: options,
        seed: 7,
        pool: ThreadPool(threads: 1),
        level: level
      )
      #expect {
        _ = try Self.resume(path, model: other)
      } throws: { error in
        guard case .differentRun(let difference, _, _) = error as? TrainingError else { return false }
        return difference == what
      }
    }
  }

  @Test(arguments: ["trainer_state.json", "optimizer.safetensors", "adapter_model.safetensors"])
  func `a file that is cut or missing is an error and no crash`(name: String) throws {
    let folder = try TemporaryDirectory()
    let path = try Self.checkpoint(in: folder)
    let file = URL(filePath: path + "/" + name)
    let content = try Data(contentsOf: file)
    for length in [0, 1, content.count / 2, content.count - 1] {
      try content.prefix(length).write(to: file)
      #expect(throws: TrainingError.self) { try Self.resume(path) }
    }
    try FileManager.default.removeItem(at: file)
    #expect(throws: TrainingError.self) { try Self.resume(path) }
  }

  @Test func `the best model's parameters come back`() throws {
    let folder = try TemporaryDirectory()
    let trainer = try Trainer(model: Fixture.model(), options: Self.options(), train: Fixture.rows())
    try trainer.run(untilStep: 2)
    let best = Fixture.values(trainer)
    try trainer.save(to: folder.path + "/best")
    try trainer.run()
    #expect(Fixture.values(trainer) != best)
    try trainer.loadParameters(from: folder.path + "/best")
    #expect(Fixture.values(trainer) == best)
  }
}
