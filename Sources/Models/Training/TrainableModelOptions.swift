package import Tensors

/// How a model is loaded to be trained.
package struct TrainableModelOptions: Sendable, Hashable {
  /// What products compute in, f32 or bf16; weights and sums are f32.
  package var precision: Precision
  /// nil: all weights learn.
  package var lora: LoRAOptions?
  /// Parts of names that stay as they are: `wte`, `layers.0`, `mlp`; whole words between dots.
  package var frozen: [String]
  /// Whether a block's values are computed again for its gradient instead of kept.
  package var usesGradientCheckpointing: Bool
  /// Tokens of the largest batch.
  package var maximumRows: Int

  package init(
    precision: Precision = .float32,
    lora: LoRAOptions? = nil,
    frozen: [String] = [],
    usesGradientCheckpointing: Bool = false,
    maximumRows: Int
  ) {
    self.precision = precision
    self.lora = lora
    self.frozen = frozen
    self.usesGradientCheckpointing = usesGradientCheckpointing
    self.maximumRows = maximumRows
  }
}
