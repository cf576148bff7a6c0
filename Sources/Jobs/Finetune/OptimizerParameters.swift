/// How gradients change weights; names and defaults of TrainingArguments.
package struct OptimizerParameters: Codable, Sendable, Hashable {
  package enum Method: String, Sendable, Hashable {
    case adamW = "adamw_torch"
    /// Without momentum.
    case sgd
  }

  package var method = Method.adamW
  package var learningRate = 5e-5
  package var weightDecay = 0.0
  package var beta1 = 0.9
  package var beta2 = 0.999
  package var epsilon = 1e-8
  /// Of the whole gradient; nil: no clipping.
  package var maximumGradientNorm: Double? = 1
  package var labelSmoothing = 0.0
  /// NEFTune: strength of the noise on embeddings; nil: none.
  package var noiseAlpha: Double?

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case method = "optim"
    case learningRate = "learning_rate"
    case weightDecay = "weight_decay"
    case beta1 = "adam_beta1"
    case beta2 = "adam_beta2"
    case epsilon = "adam_epsilon"
    case maximumGradientNorm = "max_grad_norm"
    case labelSmoothing = "label_smoothing_factor"
    case noiseAlpha = "neftune_noise_alpha"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    // The other names that are accepted are AdamW's.
    method = try container.decodeIfPresent(String.self, forKey: .method) == Method.sgd.rawValue ? .sgd : .adamW
    learningRate = try container.value(.learningRate, or: learningRate)
    weightDecay = try container.value(.weightDecay, or: weightDecay)
    beta1 = try container.value(.beta1, or: beta1)
    beta2 = try container.value(.beta2, or: beta2)
    epsilon = try container.value(.epsilon, or: epsilon)
    let norm = try container.value(.maximumGradientNorm, or: 1.0)
    maximumGradientNorm = norm > 0 ? norm : nil
    labelSmoothing = try container.value(.labelSmoothing, or: labelSmoothing)
    let alpha = try container.value(.noiseAlpha, or: 0.0)
    noiseAlpha = alpha > 0 ? alpha : nil
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(method.rawValue, forKey: .method)
    try container.encode(learningRate, forKey: .learningRate)
    try container.encode(weightDecay, forKey: .weightDecay)
    try container.encode(beta1, forKey: .beta1)
    try container.encode(beta2, forKey: .beta2)
    try container.encode(epsilon, forKey: .epsilon)
    try container.encode(maximumGradientNorm ?? 0, forKey: .maximumGradientNorm)
    try container.encode(labelSmoothing, forKey: .labelSmoothing)
    try container.encodeIfPresent(noiseAlpha, forKey: .noiseAlpha)
  }
}
