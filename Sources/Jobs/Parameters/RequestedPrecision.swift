import JSON

/// How precisely a job that reads a context is computed.
package struct RequestedPrecision: Codable, Sendable, Hashable {
  /// nil: what the model was imported with.
  package var weights: WeightPrecision?
  /// nil: what goes with the weights.
  package var context: ContextPrecision?

  package init(weights: WeightPrecision? = nil, context: ContextPrecision? = nil) {
    self.weights = weights
    self.context = context
  }

  private enum CodingKeys: String, CodingKey {
    case weights = "precision"
    case context = "kv_precision"
  }
}

extension JobParameters {
  static var weightPrecisionDescription: ParameterDescription {
    parameter(
      "precision",
      ["type": "string", "enum": .array(WeightPrecision.allCases.map { .string($0.rawValue) })],
      """
      How the weights are kept and multiplied. f32: 4 bytes a weight, the reference. bf16: 2 bytes, hardly a difference. \
      q8: 1.1 bytes, a small loss. q4: 0.6 bytes, the fastest for few jobs at a time, a loss that shows. Without it what \
      the model was imported with.
      """
    )
  }

  static var contextPrecisionDescription: ParameterDescription {
    parameter(
      "kv_precision",
      ["type": "string", "enum": .array(ContextPrecision.allCases.map { .string($0.rawValue) })],
      """
      How the keys and values of the context are kept: f32 in 4 bytes a number, bf16 in 2, q8 in 1.1, for about four times \
      the context of f32 in the same memory. Without it f32 beside f32 weights, else bf16.
      """
    )
  }
}
