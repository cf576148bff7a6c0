package import Tensors

/// The precisions that a model computes in; they belong to the model or to the job, and are part of the fingerprint.
package struct ModelPrecision: Sendable, Hashable {
  package var weights: Precision
  package var keyValues: KeyValuePrecision

  /// - Parameter keyValues: nil for f32 beside f32 weights, bf16 beside all others.
  package init(weights: Precision = .float32, keyValues: KeyValuePrecision? = nil) {
    self.weights = weights
    self.keyValues = keyValues ?? (weights == .float32 ? .float32 : .bfloat16)
  }
}
