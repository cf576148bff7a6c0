package import Tensors

extension Sampler {
  /// Memory that samplers reuse from token to token, and the kernels they compute with.
  package struct Workspace: Sendable {
    let kernels: Kernels
    /// The adjusted logits, and probabilities, `[vocabularySize]`.
    var logits: [Float] = []
    var weights: [Float] = []
    /// What may come next, a bit for each token; used while a constraint is.
    package var mask: [UInt64] = []
    /// The greatest logits of blocks, and sums of weights relative to them; then of weights relative to one of all.
    var blocks: [(maximum: Float, sum: Double)] = []
    /// Logits and weights of one block.
    var blockLogits: [Float] = []
    var blockWeights: [Float] = []
    /// The greatest logits of blocks.
    var blockMaxima: [Float] = []
    /// Tokens that the filters kept, in the order of ids.
    var candidates: [Int32] = []
    var selection = LikeliestSelection()

    package init(_ kernels: Kernels) {
      self.kernels = kernels
    }

    mutating func load(_ source: Span<Float>) {
      resize(source.count)
      var copy = logits.mutableSpan
      for index in source.indices { copy[index] = source[index] }
    }

    /// Makes the mask one of zeros for so many tokens.
    package mutating func clearMask(_ vocabularySize: Int) {
      let count = (vocabularySize + 63) / 64
      if mask.count == count {
        for index in mask.indices { mask[index] = 0 }
      } else {
        mask = Array(repeating: 0, count: count)
      }
    }

    mutating func resize(_ count: Int) {
      guard logits.count != count else { return }
      logits = Array(repeating: 0, count: count)
      weights = Array(repeating: 0, count: count)
      candidates.reserveCapacity(count)
    }
  }
}
