internal import Models
internal import Tensors

/// Applies gradients to parameters; its buffers are made once.
final class Optimizer {
  /// The running means of a parameter's gradient and of its square.
  final class Moments {
    var first: AlignedBuffer
    var second: AlignedBuffer

    init(count: Int, arena: BufferArena) {
      first = AlignedBuffer(count: count, arena: arena)
      second = AlignedBuffer(count: count, arena: arena)
    }
  }

  let parameters: [Parameter]
  /// One for each parameter; none under SGD.
  let moments: [Moments]
  private let kernels: Kernels

  init(parameters: [Parameter], method: OptimizerOptions.Method, kernels: Kernels) {
    self.parameters = parameters
    self.kernels = kernels
    // One arena: buffers of their own would leave parts of huge pages empty.
    let arena = BufferArena()
    moments =
      switch method {
      case .adamW: parameters.map { Moments(count: $0.count, arena: arena) }
      case .sgd: []
      }
  }

  /// Of all gradients together.
  func gradientNorm() -> Double {
    parameters.reduce(0) { $0 + kernels.sumOfSquares($1.gradient) }.squareRoot()
  }

  /// - Parameters:
  ///   - gradientScale: what clipping leaves of the gradient.
  ///   - updateCount: updates so far, this one included.
  func update(learningRate: Double, gradientScale: Double, options: OptimizerOptions, updateCount: Int) {
    switch options.method {
    case .adamW(let beta1, let beta2, let epsilon):
      for (parameter, moments) in zip(parameters, moments) {
        let step = AdamWStep(
          learningRate: learningRate,
          beta1: beta1,
          beta2: beta2,
          epsilon: epsilon,
          weightDecay: parameter.decays ? options.weightDecay : 0,
          gradientScale: Float(gradientScale),
          step: updateCount
        )
        kernels.adamW(
          &parameter.values,
          gradient: parameter.gradient,
          firstMoments: &moments.first,
          secondMoments: &moments.second,
          step
        )
      }
    case .sgd:
      for parameter in parameters {
        Self.descend(
          &parameter.values,
          gradient: parameter.gradient,
          learningRate: Float(learningRate),
          gradientScale: Float(gradientScale),
          weightDecay: Float(parameter.decays ? options.weightDecay : 0)
        )
      }
    }
  }

  private static func descend(
    _ values: inout AlignedBuffer,
    gradient: borrowing AlignedBuffer,
    learningRate: Float,
    gradientScale: Float,
    weightDecay: Float
  ) {
    var values = values.mutableSpan
    let gradient = gradient.span
    for index in gradient.indices {
      values[index] -= learningRate * (gradientScale * gradient[index] + weightDecay * values[index])
    }
  }
}

extension OptimizerOptions {
  /// What clipping leaves of a gradient of `norm`, as torch's `clip_grad_norm_`.
  func gradientScale(norm: Double) -> Double {
    guard let maximumGradientNorm else { return 1 }
    return min(1, maximumGradientNorm / (norm + 1e-6))
  }
}
