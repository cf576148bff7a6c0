/// One answer on its way through a grammar: says which tokens may come next and follows those that do.
package struct Constraint: Sendable {
  private let masks: GrammarMasks
  private var state: GrammarState
  /// Whether an end token has come.
  package private(set) var hasEnded = false

  init(masks: GrammarMasks) {
    self.masks = masks
    state = GrammarState(start: masks.grammar)
  }

  /// Whether the text so far is a document: the answer may end here.
  package var isComplete: Bool { state.isAccepting }

  /// Whether the text is a document that nothing can follow: sampling is over.
  package var isFinished: Bool { hasEnded || state.isAccepting && state.readings.isEmpty }

  /// The tokens that may come next. Never none before `hasEnded`: an unfinished text can always go on.
  package func allowedTokens() -> TokenMask {
    hasEnded ? TokenMask(words: Array(repeating: 0, count: masks.vocabulary.wordCount)) : masks.mask(for: state)
  }

  /// Sets bit i of `mask` where token i may come next.
  package func fill(mask: inout [UInt64]) { allowedTokens().fill(&mask) }

  /// Follows a token; false, and nothing changes, for one that is not allowed here.
  @discardableResult
  package mutating func advance(_ token: Int) -> Bool {
    if hasEnded { return false }
    if masks.vocabulary.endTokens.contains(token) {
      hasEnded = state.isAccepting
      return hasEnded
    }
    let bytes = masks.vocabulary.bytes(of: token)
    var next = state
    for byte in bytes {
      next = next.advanced(by: byte, in: masks.grammar)
      if next.isDead { return false }
    }
    if bytes.isEmpty { return false }
    state = next
    return true
  }

  /// The fewest bytes that make the text so far a document.
  package func shortestCompletion() -> [UInt8] {
    state.shortestCompletion(in: masks.grammar) ?? []
  }
}
