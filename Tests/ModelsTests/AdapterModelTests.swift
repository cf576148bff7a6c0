import Checkpoints
import JSON
import Models
import SharedTestData
import Tensors
import Testing

@Suite(.needsSharedData) struct AdapterModelTests {
  @Test(arguments: ["gpt2", "llama", "qwen2"])
  func `an adapter gives the logits of PEFT`(name: String) throws {
    let directory = SharedData.path + "/fixtures/models/" + name
    let pool = ThreadPool(threads: 2)
    let model = try CausalLanguageModel.load(directory: directory, adapter: directory + "/lora", pool: pool)
    let reference = try SharedData.json("fixtures/models/\(name)/ref.json")
    let sequences = try #require(reference["input_ids"]?.array)
    let expected = try #require(reference["lora"]?["logits"]?.array)
    #expect(!expected.isEmpty)
    let evaluation = Evaluation(model, maximumRows: 256)
    let logits = sequences.map { evaluation.logits($0.tokens) }
    for row in expected {
      let sequence = try #require(row["seq"]?.integer), position = try #require(row["pos"]?.integer)
      #expect(relativeError(logits[sequence][position], row["values"]?.doubles ?? []) <= 1e-4)
    }
  }

  @Test func `an adapter of another model is refused before anything is loaded`() throws {
    let models = SharedData.path + "/fixtures/models/"
    let error = #expect(throws: CheckpointError.self) {
      try CausalLanguageModel.load(
        directory: models + "llama",
        adapter: models + "gpt2/lora",
        pool: ThreadPool(threads: 1)
      )
    }
    if case .adapterTensorWithoutBase = error?.reason {} else { Issue.record("\(String(describing: error))") }
  }
}
