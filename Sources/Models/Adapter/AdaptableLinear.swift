/// A linear layer as adapters see it: the tensors of the checkpoint that it is made of.
struct AdaptableLinear: Sendable, Hashable {
  /// The tensor whose output features are `columns` of the layer's.
  struct Part: Sendable, Hashable {
    let tensor: String
    let columns: Range<Int>
  }

  let parts: [Part]
  let columns: Int
  let depth: Int
  /// Whether its tensor is stored [depth, columns].
  let isTransposed: Bool
}

/// The linear layers of a model, numbered in the order in which they are built.
final class AdaptableLinears {
  private(set) var all: [AdaptableLinear] = []

  /// - Returns: the layer's number.
  func add(_ linear: AdaptableLinear) -> Int {
    all.append(linear)
    return all.count - 1
  }
}
