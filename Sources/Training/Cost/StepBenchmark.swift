package import Models
internal import Tensors

/// Times whole optimiser steps (gradients, clipping, AdamW) on batches of random ids: what the speed of training is
/// measured by, and what a dry run reckons with.
package struct StepBenchmark {
  /// Seconds of each step, in their order; the first ones warm caches and pages.
  package let seconds: [Double]
  package let tokensPerStep: Int

  /// Of the fastest step: on a machine with other work the others tell of that.
  package var tokensPerSecond: Double { Double(tokensPerStep) / (seconds.min() ?? .infinity) }

  /// Changes the model; it is not to be trained or stored afterwards.
  /// - Precondition: `batch` · `length` tokens fit the model.
  package static func run(_ model: TrainableModel, batch: Int, length: Int, steps: Int) -> StepBenchmark {
    let optimizer = Optimizer(parameters: model.parameters, method: .defaultAdamW, kernels: model.kernels)
    let options = OptimizerOptions()
    let tokens = randomBatch(batch: batch, length: length, vocabularySize: model.configuration.vocabularySize)
    let scale = 1 / Float(max(1, tokens.targetCount))
    let clock = ContinuousClock()
    let seconds = (0..<steps).map { step in
      clock.measure {
        model.zeroGradients()
        let randomness = StepRandomness(key: 0, counter: UInt64(step))
        _ = model.accumulateGradients(tokens, scale: scale, randomness: randomness)
        optimizer.update(
          learningRate: options.learningRate,
          gradientScale: options.gradientScale(norm: optimizer.gradientNorm()),
          options: options,
          updateCount: step + 1
        )
      }
      .seconds
    }
    return StepBenchmark(seconds: seconds, tokensPerStep: batch * length)
  }

  private static func randomBatch(batch: Int, length: Int, vocabularySize: Int) -> TrainingBatch {
    var generator = SplitMix64(seed: 1)
    var tokens = TrainingBatch()
    for _ in 0..<batch {
      let ids = (0..<length).map { _ in Int32(generator.next(below: vocabularySize)) }
      tokens.append(tokens: ids, labels: ids)
    }
    return tokens
  }
}
