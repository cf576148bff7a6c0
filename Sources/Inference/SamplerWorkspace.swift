package import Tensors

extension Sampler {
  /// Memory that samplers reuse from token to token, and the kernels they compute with.
  package struct Workspace: Sendable {
    let kernels: Kernels
    /// The adjusted logits and their probabilities, `[vocabularySize]`.
    var logits: [Float] = []
    var weights: [Float] = []
    /// What may come next, a bit for each token; used while a constraint is.
    package var mask: [UInt64] = []
    /// Sums of `weights` in blocks.
    var blockSums: [Double] = []
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

    private mutating func resize(_ count: Int) {
      guard logits.count != count else { return }
      logits = Array(repeating: 0, count: count)
      weights = Array(repeating: 0, count: count)
      candidates.reserveCapacity(count)
    }
  }
}
