internal import Tensors

/// NEFTune's noise (Jain et al. 2023): uniform within ± alpha / √(tokens of the sequence · width) on each value that the
/// first block reads.
struct EmbeddingNoise: Sendable {
  let alpha: Float
  let randomness: StepRandomness

  func add(to x: inout AlignedBuffer, _ batch: ForwardBatch, width: Int) {
    var x = x.mutableSpan
    let key = (UInt32(truncatingIfNeeded: randomness.key), UInt32(truncatingIfNeeded: randomness.key >> 32))
    for slice in batch.sequences {
      let magnitude = alpha / Float(slice.count * width).squareRoot()
      let values = slice.start * width..<(slice.start + slice.count) * width
      for start in stride(from: values.lowerBound, to: values.upperBound, by: 4) {
        let words = Philox.block(
          (
            UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: start >> 32),
            UInt32(truncatingIfNeeded: randomness.counter), UInt32(truncatingIfNeeded: randomness.counter >> 32)
          ),
          key: key
        )
        for (offset, word) in [words.0, words.1, words.2, words.3].enumerated() where start + offset < values.upperBound
        {
          x[start + offset] += magnitude * Self.uniform(word)
        }
      }
    }
  }

  /// In [-1, 1), from the upper 24 bits.
  private static func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-23 - 1 }
}
