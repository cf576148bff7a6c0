internal import Tensors

/// Token ids drawn evenly from a vocabulary; the same for the same seed and sequence.
struct RandomTokens: Sendable {
  let vocabularySize: Int
  var seed: UInt64 = 7

  func sequence(_ sequence: Int, count: Int) -> [Int32] {
    (0..<count).map { index in
      Int32(Philox.uniform(seed: seed, choice: sequence, index: index) * Double(vocabularySize))
    }
  }
}
