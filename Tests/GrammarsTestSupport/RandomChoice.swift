package import FuzzTestSupport

/// Chooses among the allowed tokens: evenly, or by scores as a model at temperature 1.5 would, an arbitrary but fixed
/// score for each token.
package struct RandomChoice {
  package var generator: SeededGenerator
  private let isEven: Bool

  package init(generator: SeededGenerator, isEven: Bool) {
    self.generator = generator
    self.isEven = isEven
  }

  package mutating func token(in mask: [UInt64]) -> Int? {
    let count = mask.reduce(0) { $0 + $1.nonzeroBitCount }
    guard count > 0 else { return nil }
    if isEven { return Self.token(at: Int.random(in: 0..<count, using: &generator), in: mask) }
    let candidates = (0..<6).map { _ in Self.token(at: Int.random(in: 0..<count, using: &generator), in: mask) }
    return candidates.max { Self.score($0) < Self.score($1) }
  }

  private static func score(_ token: Int) -> UInt64 {
    var generator = SeededGenerator(state: UInt64(token))
    return generator.next()
  }

  private static func token(at index: Int, in mask: [UInt64]) -> Int {
    var rest = index
    for (position, var word) in mask.enumerated() {
      if rest >= word.nonzeroBitCount {
        rest -= word.nonzeroBitCount
        continue
      }
      for _ in 0..<rest { word &= word - 1 }
      return position << 6 + word.trailingZeroBitCount
    }
    preconditionFailure("the mask has fewer tokens than were counted")
  }
}
