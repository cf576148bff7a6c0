internal import Synchronization

/// The low-rank matrices of an adapter, ready to run beside the model that they were loaded for.
///
/// Sequences with different adapters, and with none, run in one batch; the matrices stay f32 whatever the model's
/// precision.
package final class ModelAdapter: Sendable {
  /// No other adapter has this number for as long as the process runs; from 1.
  package let number: Int
  /// What the matrices take in memory.
  package let byteCount: Int
  /// By the numbers of the model's linear layers.
  let layers: [LowRankLayer?]

  private static let lastNumber = Atomic(0)

  init(layers: [LowRankLayer?]) {
    number = Self.lastNumber.add(1, ordering: .relaxed).newValue
    byteCount = layers.reduce(0) { $0 + ($1?.byteCount ?? 0) }
    self.layers = layers
  }
}

extension ModelAdapter: Hashable {
  package static func == (left: ModelAdapter, right: ModelAdapter) -> Bool { left === right }

  package func hash(into hasher: inout Hasher) { hasher.combine(number) }
}
