import Datasets
import Models
import SharedTestData
import Tensors
import Testing
import Training

/// Weights that a checkpoint's file holds in another way than the parameters: transposed (gpt2), less one (gemma),
/// fused, and beside an adapter.
@Suite(.needsSharedData)
struct ArchitectureResumeTests {
  private static func trainer(
    _ model: String,
    lora: LoRAOptions?,
    resumingFrom directory: String? = nil
  ) throws -> Trainer {
    let rows = (0..<6).map { row in
      let ids = (0..<20).map { Int32(3 + (row * 31 + $0 * $0) % 97) }
      return TrainingExample(tokens: ids, labels: ids)
    }
    return try Trainer(
      model: TrainableModel.load(
        directory: SharedData.path + "/fixtures/models/" + model,
        options: TrainableModelOptions(lora: lora, maximumRows: 64),
        seed: 7,
        pool: ThreadPool(threads: 2)
      ),
      options: TrainingOptions(
        length: .steps(6),
        batches: BatchOptions(trainBatchSize: 2),
        optimizer: OptimizerOptions(learningRate: 1e-2)
      ),
      train: rows,
      resumingFrom: directory
    )
  }

  private static let adapter = LoRAOptions(
    dropout: 0.1,
    targets: .names(["q_proj", "up_proj"]),
    savedModules: ["lm_head"]
  )

  @Test(
    arguments: [
      ("gpt2", nil), ("gemma2", nil), ("gemma3", nil), ("phi3", nil), ("qwen3", nil), ("qwen2-f16", adapter),
    ] as [(String, LoRAOptions?)]
  )
  func `parameters come back to the bit whatever the architecture`(model: String, lora: LoRAOptions?) throws {
    let whole = try Self.trainer(model, lora: lora)
    let folder = try TemporaryDirectory()
    try whole.run(untilStep: 3)
    try whole.save(to: folder.path + "/3")
    let middle = Fixture.values(whole)
    try whole.run()
    let resumed = try Self.trainer(model, lora: lora, resumingFrom: folder.path + "/3")
    #expect(Fixture.values(resumed) == middle)
    try resumed.run()
    #expect(Fixture.values(resumed) == Fixture.values(whole))
  }
}
