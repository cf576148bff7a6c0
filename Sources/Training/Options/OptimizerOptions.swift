/// How gradients change parameters.
package struct OptimizerOptions: Sendable, Hashable {
  /// `optim`; AdamW as torch's (Loshchilov & Hutter 2019), SGD without momentum.
  package enum Method: Sendable, Hashable {
    case adamW(beta1: Double, beta2: Double, epsilon: Double)
    case sgd

    package static let defaultAdamW = Method.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  }

  package var method: Method
  package var learningRate: Double
  /// Of matrices; biases and norms do not decay.
  package var weightDecay: Double
  /// The largest norm of the whole gradient; nil: no clipping (`max_grad_norm` 0).
  package var maximumGradientNorm: Double?

  package init(
    method: Method = .defaultAdamW,
    learningRate: Double = 5e-5,
    weightDecay: Double = 0,
    maximumGradientNorm: Double? = 1
  ) {
    self.method = method
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.maximumGradientNorm = maximumGradientNorm
  }
}
