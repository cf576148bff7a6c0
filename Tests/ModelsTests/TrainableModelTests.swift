import Checkpoints
import Models
import SharedTestData
import Tensors
import Testing

/// What holds for any batch, whatever the weights.
@Suite(.needsSharedData) struct TrainableModelTests {
  @Test(arguments: TrainingReference.all)
  func `checkpointing and threads change no bit`(name: String, isAdapter: Bool) throws {
    let reference = try TrainingReference(name, isAdapter: isAdapter)
    let expected = try reference.model(threads: 1)
    let loss = expected.computeGradients(reference.batch)
    for (threads, recomputes) in [(2, false), (4, false), (2, true)] {
      let model = try reference.model(threads: threads) { $0.usesGradientCheckpointing = recomputes }
      #expect(model.computeGradients(reference.batch) == loss)
      #expect(model.gradientBits == expected.gradientBits)
    }
  }

  @Test(arguments: ["gpt2", "qwen2", "gemma3"])
  func `sequences together give the sum of each alone`(name: String) throws {
    let model = try load(name)
    let whole = try TrainingDifferenceTests.batch(name)
    model.zeroGradients()
    let randomness = StepRandomness(key: 0, counter: 0)
    let loss = model.accumulateGradients(whole, scale: 1, randomness: randomness)
    let together = model.parameters.map { $0.gradient.values }
    model.zeroGradients()
    var sum = BatchLoss()
    for rows in whole.sequences {
      var single = TrainingBatch()
      single.append(tokens: Array(whole.tokens[rows]), labels: Array(whole.labels[rows]))
      let loss = model.accumulateGradients(single, scale: 1, randomness: randomness)
      sum.sum += loss.sum
      sum.tokenCount += loss.tokenCount
      sum.hitCount += loss.hitCount
    }
    #expect(abs(sum.sum - loss.sum) <= 1e-6 * loss.sum)
    #expect((sum.tokenCount, sum.hitCount) == (loss.tokenCount, loss.hitCount))
    for (parameter, together) in zip(model.parameters, together) {
      #expect(relativeError(parameter.gradient.values, together.map { Double($0) }) <= 1e-5, "\(parameter.name)")
    }
  }

  @Test(arguments: ["gpt2", "llama", "phi3", "gemma2"])
  func `a new adapter changes nothing, and its base stays as it is`(name: String) throws {
    let batch = try TrainingDifferenceTests.batch(name)
    let base = try load(name)
    let model = try load(name, lora: LoRAOptions(rank: 4, alpha: 8, targets: .allLinear))
    #expect(model.evaluate(batch) == base.evaluate(batch))
    let optimizer = ReferenceAdamW(model)
    for step in 1...2 {
      model.computeGradients(batch)
      optimizer.step(model, number: step)
    }
    #expect(model.evaluate(batch).sum < base.evaluate(batch).sum)
    #expect(model.parameters.allSatisfy { $0.parts.allSatisfy { $0.tensor.contains(".lora_") } })
    for parameter in model.parameters {
      for part in parameter.parts where part.tensor.hasSuffix("lora_B.weight") { model.clear(part, of: parameter) }
    }
    #expect(model.evaluate(batch) == base.evaluate(batch))
    for parameter in model.parameters where parameter.name.contains("lora_B") {
      #expect(parameter.values.values.allSatisfy { $0 == 0 }, "\(parameter.name) has values between its modules")
    }
  }

  @Test func `dropout depends on key and counter, and evaluation has none`() throws {
    let batch = try TrainingDifferenceTests.batch("llama")
    let model = try load("llama", lora: LoRAOptions(rank: 4, dropout: 0.5))
    model.randomizeZeros()
    let first = StepRandomness(key: 1, counter: 1), second = StepRandomness(key: 1, counter: 2)
    let loss = model.computeGradients(batch, randomness: first)
    let bits = model.gradientBits
    #expect(model.computeGradients(batch, randomness: first) == loss)
    #expect(model.gradientBits == bits)
    #expect(model.computeGradients(batch, randomness: second) != loss)
    #expect(model.evaluate(batch) == model.evaluate(batch))
    #expect(model.evaluate(batch) != loss)
  }

  @Test func `noise on the embedding depends on key and counter, and vanishes with alpha`() throws {
    let batch = try TrainingDifferenceTests.batch("llama")
    let model = try load("llama")
    let steps: [(Float, UInt64)] = [(5, 1), (5, 1), (5, 2), (0, 1)]
    let losses = steps.map { alpha, counter in
      let randomness = StepRandomness(key: 9, counter: counter)
      return model.accumulateGradients(batch, scale: 1, randomness: randomness, neftuneNoiseAlpha: alpha)
    }
    #expect(losses[0] == losses[1])
    #expect(losses[0] != losses[2])
    #expect(losses[3] == model.evaluate(batch))
  }

  @Test(arguments: [
    ["embed_tokens", "layers.0", "lm_head"],
    // The first block's attention learns, the last thing a gradient comes to.
    ["embed_tokens", "layers.0.input_layernorm", "layers.0.mlp", "lm_head"],
    ["embed_tokens", "layers.0.input_layernorm", "layers.0.self_attn", "lm_head"],
  ])
  func `what is frozen has no gradient, and the others have theirs`(frozen: [String]) throws {
    let model = try load("llama") { $0.frozen = frozen }
    let names = model.tensors.map(\.part.tensor)
    #expect(!names.isEmpty)
    #expect(names.allSatisfy { name in !frozen.contains { name.contains($0 + ".") } })
    let whole = try load("llama")
    let batch = try TrainingDifferenceTests.batch("llama")
    model.computeGradients(batch)
    whole.computeGradients(batch)
    for parameter in model.parameters {
      let other = try #require(whole.parameters.first { $0.name == parameter.name })
      #expect(parameter.gradient.values == other.gradient.values)
    }
  }

  @Test func `memory is known before anything is loaded`() throws {
    let path = SharedData.path + "/fixtures/models/gpt2"
    let pool = ThreadPool(threads: 1)
    let full = try TrainableModel.memory(directory: path, options: TrainableModelOptions(maximumRows: 64), pool: pool)
    let count = try load("gpt2").parameters.reduce(0) { $0 + $1.count }
    #expect(full.trainableParameterCount == count)
    #expect(full.gradients == 4 * count && full.optimizer == 8 * count && full.weights == 4 * count)
    let lora = try TrainableModel.memory(
      directory: path,
      options: TrainableModelOptions(lora: LoRAOptions(), usesGradientCheckpointing: true, maximumRows: 64),
      pool: pool
    )
    #expect(lora.gradients < full.gradients / 8)
    #expect(lora.activations < full.activations)
  }

  private func load(
    _ name: String,
    lora: LoRAOptions? = nil,
    _ change: (inout TrainableModelOptions) -> Void = { _ in }
  ) throws -> TrainableModel {
    var options = TrainableModelOptions(lora: lora, maximumRows: 64)
    change(&options)
    return try TrainableModel.load(
      directory: SharedData.path + "/fixtures/models/" + name,
      options: options,
      seed: 5,
      pool: ThreadPool(threads: 2)
    )
  }
}

extension TrainableModel {
  fileprivate func clear(_ part: ParameterPart, of parameter: Parameter) {
    for row in part.rows { for column in part.columns { parameter.values[row * parameter.shape[1] + column] = 0 } }
  }
}
