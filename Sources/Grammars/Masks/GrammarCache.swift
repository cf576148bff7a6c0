internal import Synchronization

/// The grammars of recent response formats over one vocabulary, with all masks that were computed for them.
package final class GrammarCache: Sendable {
  private let vocabulary: TokenVocabulary
  private let maskByteLimit: Int
  private let formats: Mutex<BoundedCache<ResponseFormat, GrammarMasks>>

  /// - Parameter byteLimit: What all grammars with their masks may weigh.
  package init(vocabulary: TokenVocabulary, byteLimit: Int = 256 << 20) {
    self.vocabulary = vocabulary
    maskByteLimit = byteLimit / 32
    formats = Mutex(BoundedCache(byteLimit: byteLimit))
  }

  /// Follows a new answer in `format`; nil for free text.
  package func makeConstraint(for format: ResponseFormat) throws(GrammarError) -> Constraint? {
    if let masks = formats.withLock({ $0.value(for: format, byteCount: weight(of:)) }) { return masks.makeConstraint() }
    guard let grammar = try format.grammar() else { return nil }
    let masks = try GrammarMasks(grammar: grammar, vocabulary: vocabulary, cacheByteLimit: maskByteLimit)
    formats.withLock { $0.insert(masks, for: format, byteCount: weight(of: masks)) }
    return masks.makeConstraint()
  }

  /// Masks at their most: they come after the grammar has been put here.
  private func weight(of masks: GrammarMasks) -> Int { masks.grammar.byteCount + 2 * maskByteLimit }
}
