import Checkpoints
import Foundation
import JSON
import Models
import SharedTestData
import Tensors
import Testing

/// What training writes is what inference reads.
@Suite(.needsSharedData) struct TrainedModelSavingTests {
  static let pool = ThreadPool(threads: 2)

  @Test(arguments: ["gpt2", "llama", "qwen2", "qwen3", "phi3", "gemma2", "gemma3", "mistral", "qwen2-f16"])
  func `a trained model gives the same losses when it is loaded`(name: String) throws {
    try withDirectory { directory in
      let model = try load(name, nil)
      let batch = try train(model, name)
      try model.save(to: directory, metadata: ["quern.job_id": "7"])
      try expect(batch, of: model, directory: directory, adapter: nil)
      let again = try TrainableModel.load(
        directory: directory,
        options: model.options,
        seed: 0,
        pool: Self.pool
      )
      #expect(again.parameters.map(\.name) == model.parameters.map(\.name))
      #expect(try SafetensorsFile(path: directory + "/model.safetensors").metadata["quern.job_id"] == "7")
    }
  }

  static let adapters: [(String, LoRAOptions)] = [
    ("gpt2", LoRAOptions()),
    ("gpt2", LoRAOptions(rank: 4, alpha: 16, targets: .allLinear, usesRankStabilisation: true)),
    ("llama", LoRAOptions(targets: .names(["q_proj", "k_proj", "down_proj", "lm_head"]))),
    ("llama", LoRAOptions(savedModules: ["lm_head", "embed_tokens", "norm"])),
    ("qwen2", LoRAOptions(targets: .expression(#"model\.layers\.0\..*(q|v|gate)_proj"#))),
    ("qwen3", LoRAOptions(targets: .allLinear, rankPattern: ["v_proj": 3], alphaPattern: ["up_proj": 20])),
    (
      "llama",
      LoRAOptions(
        targets: .names(["q_proj", "down_proj"]),
        rankPattern: [#"layers\.1\.self_attn\.[qk]_proj"#: 3, "down_proj": 5, "q_proj": 2],
        alphaPattern: ["(down|up)_proj": 2.5],
        layers: LoRALayers([1], patterns: ["layers"])
      )
    ),
    ("phi3", LoRAOptions()),
    ("gemma3", LoRAOptions(targets: .allLinear)),
  ]

  @Test(arguments: adapters.indices)
  func `a trained adapter gives the same losses when it is loaded`(index: Int) throws {
    let (name, lora) = Self.adapters[index]
    try withDirectory { directory in
      let model = try load(name, lora)
      let batch = try train(model, name)
      try model.save(to: directory, baseModel: "base", metadata: ["quern.job_id": "7"])
      try expect(batch, of: model, directory: fixture(name), adapter: directory)
      let file = try SafetensorsFile(path: directory + "/adapter_model.safetensors")
      #expect(file.metadata["quern.job_id"] == "7")
      let again = try load(name, LoRAOptions(), adapter: directory)
      #expect(again.parameters.map { $0.values.values } == model.parameters.map { $0.values.values })
      #expect(again.evaluate(batch) == model.evaluate(batch))
    }
  }

  @Test func `a model stored without its prefix gets an adapter with the names of transformers`() throws {
    try withBareGPT2 { base in
      try withDirectory { directory in
        let model = try TrainableModel.load(
          directory: base,
          options: TrainableModelOptions(lora: LoRAOptions(), maximumRows: 64),
          seed: 0,
          pool: Self.pool
        )
        try model.save(to: directory)
        let names = try SafetensorsFile(path: directory + "/adapter_model.safetensors").entries.map(\.name)
        #expect(names.contains("base_model.model.transformer.h.0.attn.c_attn.lora_A.weight"))
        _ = try CausalLanguageModel.load(directory: base, adapter: directory, pool: Self.pool)
      }
    }
  }

  @Test func `new adapters are uniform within one over the root of their inputs`() throws {
    let model = try load("llama", LoRAOptions(rank: 16))
    for parameter in model.parameters where parameter.name.contains("lora_A") {
      let bound = 1 / Float(parameter.shape[1]).squareRoot()
      let values = parameter.values.values
      #expect(values.allSatisfy { abs($0) <= bound })
      let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
      #expect(abs(variance - bound * bound / 3) <= 0.1 * bound * bound / 3)
    }
    let other = try load("llama", LoRAOptions(rank: 16), seed: 2)
    #expect(other.parameters[0].values.values != model.parameters[0].values.values)
  }

  private func fixture(_ name: String) -> String { SharedData.path + "/fixtures/models/" + name }

  private func load(
    _ name: String,
    _ lora: LoRAOptions?,
    adapter: String? = nil,
    seed: UInt64 = 1
  ) throws -> TrainableModel {
    try TrainableModel.load(
      directory: fixture(name),
      adapter: adapter,
      options: TrainableModelOptions(lora: lora, maximumRows: 64),
      seed: seed,
      pool: Self.pool
    )
  }

  /// Two steps, after which every trained tensor is another.
  private func train(_ model: TrainableModel, _ name: String) throws -> TrainingBatch {
    let batch = try TrainingDifferenceTests.batch(name)
    let optimizer = ReferenceAdamW(model)
    for step in 1...2 {
      model.computeGradients(batch)
      optimizer.step(model, number: step)
    }
    return batch
  }

  private func expect(_ batch: TrainingBatch, of model: TrainableModel, directory: String, adapter: String?) throws {
    let loaded = try CausalLanguageModel.load(directory: directory, adapter: adapter, pool: Self.pool)
    let evaluation = Evaluation(loaded, maximumRows: 64)
    let sum = batch.sequences.flatMap { evaluation.losses(Array(batch.tokens[$0])) }.reduce(0, +)
    let own = model.evaluate(batch).sum
    #expect(abs(own - sum) <= 2e-6 * own, "\(own), \(sum)")
  }

  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "quern-\(UUID().uuidString)").path
    // What stays behind in the temporary directory harms nobody.
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  /// The fixture as OpenAI's own files are: without `transformer.` before the names.
  private func withBareGPT2(_ body: (String) throws -> Void) throws {
    try withDirectory { directory in
      try FileManager.default.copyItem(atPath: fixture("gpt2"), toPath: directory)
      let weights = try CheckpointWeights(directory: fixture("gpt2"))
      let contents = weights.names.map { name in
        let values = weights[name]?.values ?? [], shape = weights[name]?.entry.shape ?? []
        return SafetensorsFile.Content(
          name: name.replacing("transformer.", with: ""),
          shape: shape,
          values: values
        )
      }
      try SafetensorsFile.write(to: directory + "/model.safetensors", contents)
      try body(directory)
    }
  }
}
