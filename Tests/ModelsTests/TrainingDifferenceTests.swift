import JSON
import Models
import SharedTestData
import Tensors
import Testing

/// Gradients of the architectures that no reference has steps for, against central differences through the model.
@Suite(.needsSharedData) struct TrainingDifferenceTests {
  static let names = ["gemma2", "gemma3", "mistral", "phi3", "qwen3"]

  @Test(arguments: names, [false, true])
  func `gradients are the slopes of the loss`(name: String, isAdapter: Bool) throws {
    let directory = SharedData.path + "/fixtures/models/" + name
    let lora = isAdapter ? LoRAOptions(rank: 3, alpha: 5, targets: .allLinear) : nil
    let model = try TrainableModel.load(
      directory: directory,
      options: TrainableModelOptions(lora: lora, maximumRows: 64),
      seed: 7,
      pool: ThreadPool(threads: 2)
    )
    if isAdapter { model.randomizeZeros() }
    let batch = try Self.batch(name)
    model.computeGradients(batch)
    for (index, parameter) in model.parameters.enumerated() {
      let gradient = parameter.gradient.values
      let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      try #require(norm > 0, "\(parameter.name) has no gradient")
      let along = gradient.map { Double($0) / norm }
      let slope = model.slope(batch, of: parameter, along: along, step: 4e-3 / norm)
      #expect(abs(slope - norm) <= 1e-2 * norm, "\(parameter.name): \(slope), \(norm)")
      // A sum of all values with signs: what is missing in the gradient would show.
      let signs = parameter.signs(seed: UInt64(index))
      let scale = Double(signs.count { $0 != 0 }).squareRoot()
      let expected = zip(gradient, signs).reduce(0) { $0 + Double($1.0) * $1.1 } / scale
      let sum = model.slope(batch, of: parameter, along: signs.map { $0 / scale }, step: 4e-3 / norm)
      #expect(abs(sum - expected) <= 1e-2 * norm, "\(parameter.name): \(sum), \(expected), \(norm)")
    }
  }

  /// Two sequences of a fixture, long enough for windows to matter.
  static func batch(_ name: String) throws -> TrainingBatch {
    let sequences = try #require(try SharedData.json("fixtures/models/\(name)/ref.json")["input_ids"]?.array)
    var batch = TrainingBatch()
    for sequence in sequences.map(\.tokens).sorted(by: { $0.count > $1.count }).prefix(2) {
      let tokens = Array(sequence.prefix(28))
      batch.append(tokens: tokens, labels: tokens)
    }
    return batch
  }
}

extension TrainableModel {
  /// d(mean loss)/d(step) along a direction.
  fileprivate func slope(_ batch: TrainingBatch, of parameter: Parameter, along direction: [Double], step: Double)
    -> Double
  {
    let values = parameter.values.values
    let losses = [step, -step].map { step in
      for index in direction.indices {
        parameter.values[index] = Float(Double(values[index]) + step * direction[index])
      }
      return evaluate(batch).sum / Double(batch.targetCount)
    }
    for index in values.indices { parameter.values[index] = values[index] }
    return (losses[0] - losses[1]) / (2 * step)
  }

  /// Gives the parts of the adapters that begin as zero some value.
  func randomizeZeros() {
    for parameter in parameters {
      for part in parameter.parts where part.tensor.hasSuffix("lora_B.weight") {
        for row in part.rows {
          for column in part.columns {
            let index = row * parameter.shape[1] + column
            parameter.values[index] = Float(Philox.uniform(seed: 3, index: index) - 0.5)
          }
        }
      }
    }
  }
}

extension Parameter {
  /// 1 or -1 for each value that is a tensor's, 0 for those between the modules of an adapter.
  fileprivate func signs(seed: UInt64) -> [Double] {
    let width = shape.count > 1 ? shape[1] : 1
    var signs = [Double](repeating: 0, count: count)
    for part in parts {
      for row in part.rows {
        for column in part.columns {
          let index = row * width + column
          signs[index] = Philox.uniform(seed: seed, index: index) < 0.5 ? -1 : 1
        }
      }
    }
    return signs
  }
}
