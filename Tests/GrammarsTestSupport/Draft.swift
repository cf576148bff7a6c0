package import Grammars

/// An answer written by something that chooses among the allowed tokens, a model or chance.
package struct Draft {
  package private(set) var tokens: [Int] = []
  package private(set) var text: [UInt8] = []
  package private(set) var hasEnded = false
  /// What a text that was cut off still needs.
  package private(set) var completion: [UInt8] = []

  /// - Parameter choose: From a mask, one of its tokens; nil stops.
  package init(
    _ masks: GrammarMasks,
    vocabulary: [[UInt8]],
    limit: Int,
    choose: (_ mask: [UInt64]) -> Int?
  ) {
    var constraint = masks.makeConstraint()
    var mask = Array(repeating: 0 as UInt64, count: masks.vocabulary.wordCount)
    while tokens.count < limit && !constraint.hasEnded {
      constraint.fill(mask: &mask)
      guard let token = choose(mask), constraint.advance(token) else { break }
      tokens.append(token)
      if !constraint.hasEnded { text += vocabulary[token] }
    }
    hasEnded = constraint.hasEnded
    completion = constraint.shortestCompletion()
  }
}
