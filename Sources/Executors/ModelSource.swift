/// The files of a model on this host.
package struct ModelSource: Sendable {
  package let directory: String
  /// Of an adapter that is merged into the weights.
  package let adapter: String?
  /// What names the bytes of all files.
  package let content: String
}

/// A model with an adapter beside its weights, which it shares.
package struct AdaptedModel<Model: Sendable>: Sendable {
  package let model: Model
  /// What the adapter takes in memory.
  package let adapterByteCount: Int

  package init(_ model: Model, adapterByteCount: Int) {
    self.model = model
    self.adapterByteCount = adapterByteCount
  }
}
