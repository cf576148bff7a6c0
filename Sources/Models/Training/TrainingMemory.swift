/// What training takes, in bytes.
package struct TrainingMemory: Sendable, Hashable {
  package let weights: Int
  package let gradients: Int
  /// AdamW's two moments.
  package let optimizer: Int
  /// What the passes keep and work in.
  package let activations: Int
  package let trainableParameterCount: Int

  package var total: Int { weights + gradients + optimizer + activations }
}
