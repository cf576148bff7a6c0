import JSON
import Models
import SharedTestData
import Tensors
import Testing

/// What torch gave for three AdamW steps on a fixture, or on its adapter.
struct TrainingReference {
  let name: String
  let isAdapter: Bool
  let train: JSONValue

  static let all = ["gpt2", "llama", "qwen2"].flatMap { name in [(name, false), (name, true)] }

  init(_ name: String, isAdapter: Bool) throws {
    self.name = name
    self.isAdapter = isAdapter
    let reference = try SharedData.json("fixtures/models/\(name)/ref.json")
    train = try #require(isAdapter ? reference["lora"]?["train"] : reference["train"])
  }

  var directory: String { SharedData.path + "/fixtures/models/" + name }

  /// The model with all weights, or with the fixture's adapter, learning.
  func model(
    threads: Int = 2,
    options change: (inout TrainableModelOptions) -> Void = { _ in }
  ) throws -> TrainableModel {
    var options = TrainableModelOptions(maximumRows: 64)
    if isAdapter { options.lora = LoRAOptions() }
    change(&options)
    return try TrainableModel.load(
      directory: directory,
      adapter: isAdapter ? directory + "/lora" : nil,
      options: options,
      seed: 0,
      pool: ThreadPool(threads: threads)
    )
  }

  var batch: TrainingBatch {
    var batch = TrainingBatch()
    for (tokens, labels) in zip(train["input_ids"]?.array ?? [], train["labels"]?.array ?? []) {
      batch.append(tokens: tokens.tokens, labels: labels.tokens)
    }
    return batch
  }

  var losses: [Double] { train["steps"]?.doubles ?? [] }

  func gradientNorm(_ tensor: String) -> Double? { train["grad_l2"]?[key(tensor)]?.double }
  func gradientHead(_ tensor: String) -> [Double] { train["grad_head"]?[key(tensor)]?.doubles ?? [] }
  func head(_ tensor: String) -> [Double] { train["params_after"]?[key(tensor)]?["head"]?.doubles ?? [] }

  /// PEFT has the adapter's name in the names of its parameters, and not in those of its files.
  private func key(_ tensor: String) -> String {
    isAdapter ? tensor.replacing(".weight", with: ".default.weight") : tensor
  }
}

extension TrainableModel {
  /// What learns, tensor by tensor as files hold it.
  var tensors: [(parameter: Parameter, part: ParameterPart)] {
    parameters.flatMap { parameter in parameter.parts.map { (parameter, $0) } }
  }

  /// Gradients of the mean loss.
  @discardableResult
  func computeGradients(_ batch: TrainingBatch, randomness: StepRandomness = StepRandomness(key: 1, counter: 0))
    -> BatchLoss
  {
    zeroGradients()
    return accumulateGradients(batch, scale: 1 / Float(batch.targetCount), randomness: randomness)
  }

  var gradientBits: [[UInt32]] { parameters.map { $0.gradient.values.map(\.bitPattern) } }
}

extension AlignedBuffer {
  var values: [Float] { (0..<count).map { self[$0] } }
}

/// AdamW as the fixtures have it, with weight decay on all parameters.
struct ReferenceAdamW {
  private final class Moments {
    var first: AlignedBuffer
    var second: AlignedBuffer

    init(count: Int) {
      first = AlignedBuffer(count: count)
      second = AlignedBuffer(count: count)
    }
  }

  private let moments: [Moments]

  init(_ model: TrainableModel) { moments = model.parameters.map { Moments(count: $0.count) } }

  func step(_ model: TrainableModel, number: Int) {
    for (parameter, moments) in zip(model.parameters, moments) {
      model.kernels.adamW(
        &parameter.values,
        gradient: parameter.gradient,
        firstMoments: &moments.first,
        secondMoments: &moments.second,
        AdamWStep(
          learningRate: 1e-3,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
          weightDecay: 0.01,
          gradientScale: 1,
          step: number
        )
      )
    }
  }
}
